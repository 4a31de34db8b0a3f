/** Taking a file to the schema that this program knows. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Failure } from '../errors.ts';
import { createPrivateFile } from '../private-file.ts';
import type { SchemaFamily } from './schema.ts';
import { pragma, transaction } from './statements.ts';

/** @throws Failure state_newer for a file of a later program */
export function refuseNewer(db: DatabaseSync, file: string, family: SchemaFamily): void {
  const version = pragma(db, 'user_version');
  const target = family.steps.length;
  if (version > target) {
    throw new Failure(
      'state_newer',
      `${file} has version ${version}, and this program knows ${target}`,
      'Use the newer agent-paste that made it, or another --state-dir.',
    );
  }
}

/** One transaction: a kill leaves the old version or the new one. Of two processes the second finds the work done. */
export function migrate(db: DatabaseSync, file: string, family: SchemaFamily): void {
  const target = family.steps.length;
  if (pragma(db, 'user_version') === target) return;
  transaction(db, () => {
    refuseNewer(db, file, family); // by another process, since we looked
    const version = pragma(db, 'user_version');
    if (version > 0 && version < target) backUp(file, `${file}.v${version}.backup`);
    for (const step of family.steps.slice(version)) db.exec(step);
    db.exec(`PRAGMA application_id = ${family.applicationId}; PRAGMA user_version = ${target}`);
  });
}

/** The last committed state, whole or not at all. The caller holds the write lock, so that nothing is added meanwhile. */
function backUp(file: string, to: string): void {
  const temporary = `${to}.tmp`;
  rmSync(temporary, { force: true });
  createPrivateFile(temporary); // VACUUM INTO takes an empty file, and would choose the mode of a new one
  const source = new DatabaseSync(file, { readOnly: true });
  try {
    source.prepare('VACUUM INTO ?').run(temporary);
  } finally {
    source.close();
  }
  const fd = openSync(temporary, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, to);
}

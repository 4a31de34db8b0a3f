/** Migrates a file to the schema of this program. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Failure } from '../../../errors/failure.ts';
import { createPrivateFile } from '../../../machine/private-file.ts';
import { pragma, transaction } from './statements.ts';

/** The databases of one kind, in all their versions. */
export interface SchemaFamily {
  /** The name of the file in messages. */
  readonly name: string;
  /** `PRAGMA application_id`, by which our files are recognized. */
  readonly applicationId: number;
  /** Step N migrates a file from `user_version` N to N + 1. Released steps never change. */
  readonly steps: readonly string[];
}

/** @throws Failure state_newer for a file of a newer program */
export function refuseNewer(db: DatabaseSync, file: string, family: SchemaFamily): void {
  const version = pragma(db, 'user_version');
  const target = family.steps.length;
  if (version > target) {
    throw new Failure(
      'state_newer',
      `${file} has version ${version}, but this program knows version ${target}`,
      'Use the newer agent-paste that made it, or another --state-dir.',
    );
  }
}

/** One transaction: a kill leaves the old version or the new one. The second of two processes finds the work done. */
export function migrate(db: DatabaseSync, file: string, family: SchemaFamily): void {
  const target = family.steps.length;
  if (pragma(db, 'user_version') === target) return;
  transaction(db, () => {
    refuseNewer(db, file, family); // another process may have migrated it in the meantime
    const version = pragma(db, 'user_version');
    if (version > 0 && version < target) backUp(file, `${file}.v${version}.backup`);
    for (const step of family.steps.slice(version)) db.exec(step);
    db.exec(`PRAGMA application_id = ${family.applicationId}; PRAGMA user_version = ${target}`);
  });
}

/** Copies the last committed state, completely or not at all. The caller holds the write lock, so no row is added meanwhile. */
function backUp(file: string, to: string): void {
  const temporary = `${to}.tmp`; // only the process with the lock gets here
  rmSync(temporary, { force: true });
  createPrivateFile(temporary); // VACUUM INTO accepts an empty file; it would choose the mode of a new file itself
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

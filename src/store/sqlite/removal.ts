/**
 * Whether the databases of a state may be removed: they must be ours, and no process may have one open. And how they are
 * emptied where a server has them open.
 */
import { statSync } from 'node:fs';
import { Failure } from '../../errors/failure.ts';
import type { StatePlace } from '../read-store.ts';
import type { Removal } from '../removal.ts';
import { attemptsPath } from './attempt-log.ts';
import { asFailure } from './file/errors.ts';
import { filesOf, isInUse } from './file/files.ts';
import type { SchemaFamily } from './file/migrate.ts';
import { openDatabase } from './file/open.ts';
import { refuseForeignFile } from './file/path.ts';
import { transaction } from './file/statements.ts';
import { ATTEMPTS_SCHEMA, DIRECTORY_SCHEMA, MAIN_SCHEMA } from './schema.ts';

export function removalOf({ database, users }: StatePlace): Removal {
  const databases: readonly (readonly [path: string, family: SchemaFamily])[] = [
    [database, MAIN_SCHEMA],
    [attemptsPath(database), ATTEMPTS_SCHEMA],
    [users, DIRECTORY_SCHEMA],
  ];
  return {
    files: () => databases.flatMap(([path]) => filesOf(path)),
    refuse: () => {
      for (const [path, family] of databases) refuse(path, family);
    },
    empty: () => {
      for (const [path, family] of databases) empty(path, family);
    },
  };
}

function refuse(path: string, family: SchemaFamily): void {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return;
  refuseForeignFile(path, family);
  if (isInUse(path))
    throw new Failure(
      'state_locked',
      `${path} is in use by a server or another command`,
      'Stop it first; nothing was removed.',
    );
}

/** Milliseconds for which the rows wait for another process. */
const BUSY_TIMEOUT_MS = 1000;

function empty(path: string, family: SchemaFamily): void {
  const db = openDatabase(path, family, { synchronous: 'NORMAL', busyTimeoutMs: BUSY_TIMEOUT_MS });
  try {
    db.exec('PRAGMA foreign_keys = OFF'); // all tables are emptied, so their order does not matter
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'meta'").all();
    transaction(db, () => {
      for (const { name } of tables) db.exec(`DELETE FROM "${name}"`);
    });
  } catch (error) {
    throw asFailure(error, path);
  } finally {
    db.close();
  }
}

/** The files of a database, and whether a process has them open. */
import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { filesBeside } from '../../../machine/state-files.ts';
import { asFailure, isBusy, isOutage } from './errors.ts';

/** The files that SQLite keeps beside a database, and the backup of a migration. */
const BESIDE_DATABASE = ['-wal', '-shm', '-journal', String.raw`\.v\d+\.backup(?:\.tmp)?`, ''];

/**
 * The existing files, in an order in which a removal may be interrupted: a log never remains without its database,
 * because SQLite would use it for the next database.
 * @throws Failure state_unwritable if the directory cannot be read
 */
export function filesOf(path: string): readonly string[] {
  return BESIDE_DATABASE.flatMap((suffix) => filesBeside(path, suffix));
}

/**
 * Asks for an exclusive lock: SQLite refuses it while another connection is open, even an idle one.
 * @returns false also for a file that SQLite cannot open, because no server can use such a file
 * @throws Failure state_unwritable
 */
export function isInUse(path: string): boolean {
  let db: DatabaseSync | undefined;
  try {
    if (!statSync(path, { throwIfNoEntry: false })?.size) return false;
    db = new DatabaseSync(path, { timeout: 50 });
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; ROLLBACK');
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    if (isOutage(error)) return false;
    throw asFailure(error, path);
  } finally {
    db?.close();
  }
}

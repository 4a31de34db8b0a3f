/** Whether some process has a database open. */
import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { asFailure, isBusy, isOutage } from './faults.ts';

/**
 * Asks for the file alone: SQLite gives that to nobody while another connection is open, even an idle one.
 * @returns false also for a file that SQLite cannot open, which no server runs on
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

/** One process at a time. */
import { DatabaseSync } from 'node:sqlite';
import { createPrivateFile } from '../private-file.ts';
import { asFailure } from './faults.ts';

/** Milliseconds to wait for another process. */
const WAIT_MS = 5000;

/**
 * Runs `work` while no other process runs its own under the same file, which stays empty. SQLite's lock rather than a
 * file that is there or not: it goes with the process that holds it, however that ends.
 * @throws Failure state_locked after 5 s, state_unwritable, and what `work` throws
 */
export function exclusively<T>(file: string, work: () => T): T {
  createPrivateFile(file);
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { timeout: WAIT_MS });
    db.exec('BEGIN EXCLUSIVE');
    return work();
  } catch (error) {
    throw asFailure(error, file);
  } finally {
    db?.close();
  }
}

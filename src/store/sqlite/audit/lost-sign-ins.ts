/** Finds sign-ins that are in the log of attempts and not in the database. */
import { openForReading } from '../file/reading.ts';
import { one } from '../file/statements.ts';
import { ATTEMPTS_SCHEMA, MAIN_SCHEMA } from '../schema.ts';

/** So many first sign-ins are looked up, beginning with the latest. */
const REMEMBERED = 1000;

/**
 * Counts the users that were provisioned according to the log of attempts and are not in the database. SQLite cannot
 * distinguish a database that lost its write-ahead log from one that was closed; this can.
 * @throws Failure if one of the files cannot be read
 */
export function lostSignIns(databasePath: string, attemptsPath: string): number {
  // The log is read first: it is written after the commit, so a user who signs in meanwhile is not counted as lost.
  const log = openForReading(attemptsPath, ATTEMPTS_SCHEMA);
  let subjects: string[];
  try {
    subjects = log.db
      .prepare("SELECT subject FROM callback_attempts WHERE outcome = 'provisioned' ORDER BY id DESC LIMIT ?")
      .all(REMEMBERED)
      .map(({ subject }) => String(subject));
  } finally {
    log.close();
  }
  const { db, close } = openForReading(databasePath, MAIN_SCHEMA);
  try {
    const find = db.prepare('SELECT 1 FROM workspace_members WHERE workos_user_id = ?');
    return [...new Set(subjects)].filter((subject) => one(find, subject) === undefined).length;
  } finally {
    close();
  }
}

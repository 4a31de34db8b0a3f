/** The state of a database file for `doctor`, read without writing. */
import { existsSync, statSync } from 'node:fs';
import { asFailure } from './faults.ts';
import { openForReading } from './inspection/reading.ts';
import { type Peppers, pepperCheck, sameCheck } from './peppers.ts';
import { ATTEMPTS_SCHEMA, MAIN_SCHEMA } from './schema.ts';
import { one, pragma, type Row } from './statements.ts';

export interface DatabaseDiagnosis {
  readonly schemaVersion: number;
  readonly knownSchemaVersion: number;
  /** `ok`, or SQLite's first finding. */
  readonly integrity: string;
  readonly bytes: number;
  /** Bytes of the write-ahead log; large when a reader never ends. */
  readonly walBytes: number;
  /** Numbers of peppers that the file was made with and that are missing or differ. */
  readonly foreignPeppers: readonly number[];
}

/** @throws Failure when the file cannot be opened, or not read to its end (see `openDatabase`) */
export function diagnoseDatabase(path: string, peppers: Peppers | undefined): DatabaseDiagnosis {
  const { db, close } = openForReading(path, MAIN_SCHEMA, { acceptDamage: true });
  try {
    const stored = db.prepare("SELECT name, value FROM meta WHERE name GLOB 'pepper_check_*'").all() as {
      name: string;
      value: string;
    }[];
    const foreign = stored
      .map(({ name, value }) => ({ kid: Number(name.slice('pepper_check_'.length)), value }))
      .filter(({ kid, value }) => {
        const pepper = peppers?.get(kid);
        return pepper === undefined || !sameCheck(value, pepperCheck(pepper));
      });
    return {
      schemaVersion: pragma(db, 'user_version'),
      knownSchemaVersion: MAIN_SCHEMA.steps.length,
      integrity: String(one<Row>(db.prepare('PRAGMA integrity_check(1)'))?.integrity_check),
      bytes: statSync(path).size,
      walBytes: existsSync(`${path}-wal`) ? statSync(`${path}-wal`).size : 0,
      foreignPeppers: foreign.map(({ kid }) => kid),
    };
  } catch (error) {
    throw asFailure(error, path);
  } finally {
    close();
  }
}

/** Users of this many first sign-ins are looked for, beginning with the last. */
const REMEMBERED = 1000;

/**
 * How many users of whom the log of attempts says that they were provisioned are not in the database. SQLite cannot
 * tell a database that lost its write-ahead log from one that was closed; this can.
 * @throws Failure when one of the files cannot be read
 */
export function lostSignIns(databasePath: string, attemptsPath: string): number {
  // The log first: it is written after the commit, so that nobody who signs in meanwhile is missed.
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

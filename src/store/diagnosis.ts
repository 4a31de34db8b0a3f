/** The state of a database file for `doctor`, read without writing. */
import { existsSync, statSync } from 'node:fs';
import { asFailure } from './faults.ts';
import { openForReading } from './inspection/reading.ts';
import { type Peppers, pepperCheck, sameCheck } from './peppers.ts';
import { MAIN_SCHEMA } from './schema.ts';
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

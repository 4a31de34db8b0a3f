/** Finds problems of the files of a state. It only reads. */

import { existsSync, statSync } from 'node:fs';
import {
  callbackLog,
  error,
  type FloodRow,
  IS_FLOOD_ROW,
  judged,
  megabytes,
  ok,
  type StoreDiagnosis,
  type StoreDiagnosisCode,
  warning,
} from '../../diagnosis.ts';
import { foreignPeppers } from '../../pepper-notes.ts';
import type { Peppers } from '../../peppers.ts';
import type { StatePart } from '../../read-store.ts';
import { asFailure } from '../file/errors.ts';
import { openForReading } from '../file/reading.ts';
import { one, pragma, type Row } from '../file/statements.ts';
import { readPage } from '../inspection/page.ts';
import { notedPeppers } from '../pepper-check.ts';
import { ATTEMPTS_SCHEMA, MAIN_SCHEMA } from '../schema.ts';
import { openDirectory } from '../users.ts';
import { lostSignIns } from './lost-sign-ins.ts';

const MAX_WAL_BYTES = 64 * 1024 * 1024;

/** See `ReadStore.diagnose`. A missing file gives no finding, except the database: others are created when they are needed. */
export function diagnose(
  { database, attempts, users }: Readonly<Record<StatePart, string>>,
  peppers: Peppers | 'refused' | undefined,
): readonly StoreDiagnosis[] {
  return [
    ...diagnoseDatabase(database, peppers),
    ...opens('callback_log', attempts, () => callbackLog(attempts, floodRows(attempts))),
    ...diagnoseSignIns(database, attempts),
    ...opens('user_directory', users, () => {
      openDirectory(users, { readOnly: true }).close();
      return ok('user_directory', users);
    }),
  ];
}

function diagnoseDatabase(path: string, peppers: Peppers | 'refused' | undefined): readonly StoreDiagnosis[] {
  if (path === ':memory:') return [ok('database', 'in memory')];
  if (!existsSync(path))
    return [warning('database', `${path} does not exist yet`, 'The first `agent-paste serve` creates it.')];
  let more: readonly StoreDiagnosis[] = [];
  const opened = judged('database', () => {
    const { bytes, findings } = lookInto(path, peppers);
    more = findings;
    return ok('database', `${path}, ${megabytes(bytes)}`);
  });
  return [opened, ...more];
}

/** @throws Failure if the file cannot be opened or completely read (see `openDatabase`) */
function lookInto(
  path: string,
  peppers: Peppers | 'refused' | undefined,
): { bytes: number; findings: readonly StoreDiagnosis[] } {
  const { db, close } = openForReading(path, MAIN_SCHEMA, { acceptDamage: true });
  try {
    const findings = [
      integrity(String(one<Row>(db.prepare('PRAGMA integrity_check(1)'))?.integrity_check)),
      schema(pragma(db, 'user_version'), MAIN_SCHEMA.steps.length),
      peppers === 'refused' ? NOT_COMPARED : pepper(foreignPeppers(notedPeppers(db), peppers).map(({ kid }) => kid)),
      log(statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0),
    ];
    return { bytes: statSync(path).size, findings };
  } catch (error) {
    throw asFailure(error, path);
  } finally {
    close();
  }
}

/** @param finding `ok`, or SQLite's first finding */
function integrity(finding: string): StoreDiagnosis {
  return finding === 'ok'
    ? ok('database_integrity', 'sound')
    : error(
        'database_integrity',
        finding,
        'Restore a backup, or run `agent-paste reset` to start with an empty state.',
      );
}

function schema(version: number, known: number): StoreDiagnosis {
  if (version === known) return ok('database_schema', `version ${version}`);
  return error(
    'database_schema',
    `version ${version}, but this program knows version ${known}`,
    version < known ? 'Start the server: it migrates the file.' : 'Use the newer agent-paste that made it.',
  );
}

/** @param foreign numbers of peppers of the file that are missing or different in the pepper file */
function pepper(foreign: readonly number[]): StoreDiagnosis {
  return foreign.length === 0
    ? ok('database_pepper', 'the database and the pepper file belong together')
    : error(
        'database_pepper',
        `pepper ${foreign.join(', ')} of the database is missing or different in the pepper file`,
        'Restore the pepper file that belongs to this database.',
      );
}

const NOT_COMPARED = warning(
  'database_pepper',
  'not compared with the pepper file',
  'See the finding about the pepper file.',
);

/** A write-ahead log grows if a reader does not end. */
function log(bytes: number): StoreDiagnosis {
  const size = `${megabytes(bytes)} of write-ahead log`;
  return bytes <= MAX_WAL_BYTES
    ? ok('database_log', size)
    : warning('database_log', size, 'Another process keeps a read open; stop it, and the log shrinks.');
}

function opens(code: StoreDiagnosisCode, path: string, look: () => StoreDiagnosis): readonly StoreDiagnosis[] {
  return existsSync(path) ? [judged(code, look)] : [];
}

function floodRows(path: string): readonly FloodRow[] {
  const { db, close } = openForReading(path, ATTEMPTS_SCHEMA);
  try {
    readPage(db, 'callbacks', { limit: 1 });
    return db
      .prepare(`SELECT at, received FROM callback_attempts WHERE ${IS_FLOOD_ROW}`)
      .all() as unknown as FloodRow[];
  } finally {
    close();
  }
}

/** No finding if there is nothing to compare, or if a file cannot be read, because other findings report that. */
function diagnoseSignIns(database: string, attempts: string): readonly StoreDiagnosis[] {
  if (!existsSync(database) || !existsSync(attempts)) return [];
  let lost: number;
  try {
    lost = lostSignIns(database, attempts);
  } catch {
    return [];
  }
  if (lost === 0) return [ok('sign_ins', 'every user who signed in is in the database')];
  return [
    warning(
      'sign_ins',
      `${lost} of the users who signed in ${lost === 1 ? 'is' : 'are'} not in the database`,
      'The write-ahead log was removed, a backup was restored, or the rows were deleted. These users sign in as new users.',
    ),
  ];
}

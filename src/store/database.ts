/** Opening a SQLite file safely: ours, whole, private, of a version we know. */
import { closeSync, existsSync, lstatSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, refusal } from '../errors.ts';
import { createPrivateFile, ensurePrivateDirectory, tightenFile } from '../private-file.ts';
import { asFailure, asOutage, isBusy } from './faults.ts';
import type { SchemaFamily } from './schema.ts';

/** SQLite before this could corrupt a WAL database that several connections write (the WAL-reset bug). */
const SQLITE_FLOOR = '3.51.3';

/** Milliseconds for which SQLite itself waits for a lock. It blocks the event loop, so it is short, and retried above. */
const BUSY_TIMEOUT_MS = 50;

/** A file up to this size is checked whole at start; a larger one by `doctor`. */
const QUICK_CHECK_BYTES = 16 * 1024 * 1024;

export interface OpenOptions {
  /** FULL where an acknowledged commit must survive a power cut, NORMAL where it may not. */
  readonly synchronous: 'FULL' | 'NORMAL';
  readonly readOnly?: boolean;
}

/** Row as SQLite returns it. */
export type Row = Record<string, null | number | bigint | string | Uint8Array>;

/**
 * @param path a file, or `:memory:`
 * @throws Failure state_corrupt, state_newer, state_unsafe, state_unwritable, state_locked, unsupported_runtime
 */
export function openDatabase(
  path: string,
  family: SchemaFamily,
  { synchronous, readOnly = false }: OpenOptions,
): DatabaseSync {
  const file = path === ':memory:' ? path : preparedFile(path, family, readOnly);
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, {
      readOnly,
      timeout: BUSY_TIMEOUT_MS,
      defensive: true,
      enableDoubleQuotedStringLiterals: false,
      allowExtension: false,
      limits: { attach: 0, length: 1_000_000, sqlLength: 100_000 },
    });
    refuseOldSqlite(db);
    db.exec(`PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA busy_timeout = 5000;`);
    refuseForeign(db, file, family);
    if (readOnly) {
      db.exec('PRAGMA query_only = ON');
    } else {
      db.exec(
        `PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON`,
      );
      migrate(db, file, family);
    }
    if (file !== ':memory:' && statSync(file).size <= QUICK_CHECK_BYTES) refuseDamaged(db, file, family);
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    return db;
  } catch (error) {
    if (db?.isOpen) db.close();
    throw asFailure(error, file);
  }
}

/** The real path of a file that is safe to open; made when missing, except for reading. */
function preparedFile(path: string, family: SchemaFamily, readOnly: boolean): string {
  if (!existsSync(path)) {
    if (readOnly)
      throw new Failure(
        'not_found',
        `there is no ${family.name} at ${path}`,
        'Start the server once, or check --state-dir and --db.',
      );
    ensurePrivateDirectory(dirname(path));
    createPrivateFile(path);
  }
  const file = realpathSync(path);
  const stat = lstatSync(file);
  if (!stat.isFile()) throw new Failure('state_unwritable', `${file} is not a file`, 'Name a database file with --db.');
  // Two names for one file have two WALs, and each would undo the other (sqlite.org/howtocorrupt.html).
  if (stat.nlink > 1)
    throw new Failure(
      'state_unsafe',
      `${file} has ${stat.nlink} names (hard links)`,
      'Keep one of them, or copy the file.',
    );
  if (stat.size === 0) {
    if (existsSync(`${file}-wal`) && statSync(`${file}-wal`).size > 0) {
      throw new Failure(
        'state_corrupt',
        `${file} is empty but ${file}-wal is not`,
        'The database was lost from beside its log; restore a backup, or move both away.',
      );
    }
    if (readOnly)
      throw new Failure('not_found', `${file} is empty`, 'Start the server once, or check --state-dir and --db.');
  } else {
    refuseForeignHeader(file, stat.size, family);
  }
  if (!readOnly) tightenFile(file, stat);
  return file;
}

/** Looks at the first 100 bytes alone, so that somebody else's file is not touched, not even by a lock (sqlite.org/fileformat.html). */
function refuseForeignHeader(file: string, size: number, family: SchemaFamily): void {
  const header = Buffer.alloc(100);
  const fd = openSync(file, 'r');
  try {
    readSync(fd, header, 0, 100, 0);
  } finally {
    closeSync(fd);
  }
  if (size < 100 || header.toString('latin1', 0, 16) !== 'SQLite format 3\0')
    throw notOurs(file, family, 'it is not a SQLite database');
  const applicationId = header.readUInt32BE(68);
  if (applicationId !== 0 && applicationId !== family.applicationId)
    throw notOurs(file, family, 'it belongs to another program');
}

function refuseForeign(db: DatabaseSync, file: string, family: SchemaFamily): void {
  const applicationId = pragma(db, 'application_id');
  if (applicationId === family.applicationId) return;
  const tables = (db.prepare('SELECT count(*) AS n FROM sqlite_schema').get() as Row).n;
  if (applicationId !== 0 || pragma(db, 'user_version') !== 0 || tables !== 0)
    throw notOurs(file, family, 'it belongs to another program');
}

function notOurs(file: string, family: SchemaFamily, why: string): Failure {
  return new Failure(
    'state_corrupt',
    `${file} is no ${family.name}: ${why}`,
    'Nothing was changed. Name another file with --db, or another directory with --state-dir.',
  );
}

function migrate(db: DatabaseSync, file: string, family: SchemaFamily): void {
  const target = family.steps.length;
  if (pragma(db, 'user_version') === target) return;
  // One transaction: a kill leaves the old version or the new one. Of two processes the second finds the work done.
  db.exec('BEGIN IMMEDIATE');
  try {
    const version = pragma(db, 'user_version');
    if (version > target) {
      throw new Failure(
        'state_newer',
        `${file} has version ${version}, and this program knows ${target}`,
        'Use the newer agent-paste that made it, or another --state-dir.',
      );
    }
    for (const step of family.steps.slice(version)) db.exec(step);
    db.exec(`PRAGMA application_id = ${family.applicationId}; PRAGMA user_version = ${target}`);
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

function refuseDamaged(db: DatabaseSync, file: string, family: SchemaFamily): void {
  const finding = (db.prepare('PRAGMA quick_check(1)').get() as Row).quick_check;
  if (finding !== 'ok') {
    throw new Failure(
      'state_corrupt',
      `the ${family.name} ${file} is damaged: ${finding}`,
      'Restore a backup, or move the file away to begin anew; nothing was changed.',
    );
  }
}

function refuseOldSqlite(db: DatabaseSync): void {
  const version = String((db.prepare('SELECT sqlite_version() AS v').get() as Row).v);
  if (version.localeCompare(SQLITE_FLOOR, 'en', { numeric: true }) < 0) {
    throw new Failure(
      'unsupported_runtime',
      `this Node brings SQLite ${version}, which can damage a shared database; ${SQLITE_FLOOR} or newer is needed`,
      'Use Node 24.15 or newer.',
    );
  }
}

export function pragma(db: DatabaseSync, name: 'application_id' | 'user_version'): number {
  return Number((db.prepare(`PRAGMA ${name}`).get() as Row)[name]);
}

/** `undefined` for no row. */
export function one<T>(
  statement: StatementSync,
  ...parameters: (null | number | string | Uint8Array)[]
): T | undefined {
  return statement.get(...parameters) as T | undefined;
}

/** Milliseconds for which a writer waits for the lock of another process, all attempts together. */
const LOCK_BUDGET_MS = 5000;

/**
 * Runs `work` between BEGIN IMMEDIATE and COMMIT, without a pause in between: on one connection, an `await` there
 * would mix the statements of two requests. Waiting for the lock happens outside, with jitter, and does not block.
 * @throws ApiError database_busy after 5 s, storage_full, database_io, database_corrupt
 */
export async function writeTransaction<T>(db: DatabaseSync, work: () => T): Promise<T> {
  const deadline = performance.now() + LOCK_BUDGET_MS;
  for (let attempt = 0; ; attempt++) {
    try {
      return transaction(db, work);
    } catch (error) {
      if (!isBusy(error)) throw asOutage(error);
      if (performance.now() > deadline)
        throw refusal('database_busy', {
          expected: `the lock within ${LOCK_BUDGET_MS / 1000} s`,
          received: 'none',
          cause: error,
        });
      await sleep(1 + Math.min(attempt, 8) * 5 * jitter(attempt));
    }
  }
}

/** @throws what `work` throws, after rolling back, and SQLite's own errors as they are */
export function transaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk and an I/O error have rolled back by themselves.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** Between 0.5 and 1.5, different for each process and attempt, so that waiting writers do not march in step. */
function jitter(attempt: number): number {
  return 0.5 + ((process.pid * 7919 + attempt * 104_729) % 1000) / 1000;
}

/** Opens a SQLite file safely: it must be ours, intact, private, and of a known version. */
import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Failure } from '../../../errors/failure.ts';
import { isOldSqlite, NEWER_NODE, SQLITE_FLOOR } from '../../../machine/oldest-runtime.ts';
import { asFailure, isBusy } from './errors.ts';
import { migrate, refuseNewer, type SchemaFamily } from './migrate.ts';
import { noteOpened } from './open-here.ts';
import { notOurs, preparedFile } from './path.ts';
import { pragma, type Row, snapshot } from './statements.ts';

/** An open waits so many milliseconds for other processes, all attempts together. */
export const OPEN_BUDGET_MS = 5000;

/** A file up to this size is checked completely at start; a larger one by `doctor`. */
const QUICK_CHECK_BYTES = 16 * 1024 * 1024;

export interface OpenOptions {
  /** FULL if an acknowledged commit must survive a power cut, otherwise NORMAL. */
  readonly synchronous: 'FULL' | 'NORMAL';
  readonly readOnly?: boolean;
  /**
   * SQLite itself waits so many milliseconds for a lock once the file is open. That blocks the event loop, so it is short
   * by default, and `connect` tries again.
   */
  readonly busyTimeoutMs?: number;
  /** Replaces the time that an open waits for other processes, in milliseconds. */
  readonly openBudgetMs?: number | undefined;
  /** Also opens a damaged file, so that the damage can be examined. */
  readonly acceptDamage?: boolean;
}

/**
 * @param path a file, or `:memory:`
 * @throws Failure state_corrupt, state_newer, state_unsafe, state_unwritable, state_locked after 5 s, unsupported_runtime
 */
export function openDatabase(path: string, family: SchemaFamily, options: OpenOptions): DatabaseSync {
  return openPrepared(path, family, options, (db) => db);
}

/**
 * Opens a database and runs the first reads or writes of the caller.
 * @param prepare part of the opening: it runs again while the database is locked, and an error closes the database
 * @throws Failure as `openDatabase`, and the errors of `prepare`
 */
export function openPrepared<T>(
  path: string,
  family: SchemaFamily,
  options: OpenOptions,
  prepare: (db: DatabaseSync) => T,
): T {
  const { readOnly = false, busyTimeoutMs = 20, openBudgetMs = OPEN_BUDGET_MS } = options;
  let db: DatabaseSync | undefined;
  try {
    const file = path === ':memory:' ? path : preparedFile(path, family, readOnly);
    const opened = new DatabaseSync(file, {
      readOnly,
      timeout: 100,
      defensive: true,
      enableDoubleQuotedStringLiterals: false,
      allowExtension: false,
      limits: { attach: 0, length: 1_000_000, sqlLength: 100_000 },
    });
    db = opened;
    noteOpened(file, opened);
    const result = patiently(() => {
      refuseOldSqlite(sqliteVersion(opened)); // even this reads the file, and another process may be creating it
      setUp(opened, file, family, options);
      return prepare(opened);
    }, openBudgetMs);
    opened.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    return result;
  } catch (error) {
    if (db?.isOpen) db.close();
    throw asFailure(error, path);
  }
}

function setUp(
  db: DatabaseSync,
  file: string,
  family: SchemaFamily,
  { synchronous, readOnly, acceptDamage = false }: OpenOptions,
): void {
  db.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY');
  refuseForeign(db, file, family);
  if (readOnly) {
    db.exec('PRAGMA query_only = ON');
  } else {
    refuseNewer(db, file, family);
    db.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON`,
    );
    migrate(db, file, family);
  }
  if (file !== ':memory:' && !acceptDamage && statSync(file).size <= QUICK_CHECK_BYTES) refuseDamaged(db, file, family);
}

/**
 * Runs `work` again while another process holds the lock. SQLite's own timeout is not enough: SQLite gives up at once if a
 * deadlock is possible, as between two processes that turn on WAL. It blocks, because at start nothing else runs yet.
 */
function patiently<T>(work: () => T, budgetMs: number): T {
  let deadline: number | undefined;
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      return work();
    } catch (error) {
      deadline ??= performance.now() + budgetMs; // not earlier: reading the clock loads a module
      if (!isBusy(error) || performance.now() > deadline) throw error;
      Atomics.wait(clock, 0, 0, 5 + (process.pid % 20));
    }
  }
}

function refuseForeign(db: DatabaseSync, file: string, family: SchemaFamily): void {
  // One snapshot: between two reads, another process may create its tables and set our application id.
  const { applicationId, version, tables } = snapshot(db, () => ({
    applicationId: pragma(db, 'application_id'),
    version: pragma(db, 'user_version'),
    tables: (db.prepare('SELECT count(*) AS n FROM sqlite_schema').get() as Row).n,
  }));
  if (applicationId === family.applicationId) return;
  if (applicationId !== 0 || version !== 0 || tables !== 0)
    throw notOurs(file, family, 'it belongs to another program');
}

function refuseDamaged(db: DatabaseSync, file: string, family: SchemaFamily): void {
  const finding = (db.prepare('PRAGMA quick_check(1)').get() as Row).quick_check;
  if (finding !== 'ok') {
    throw new Failure(
      'state_corrupt',
      `the ${family.name} ${file} is damaged: ${String(finding).replace(/\*\*\* .* \*\*\*\n/, '')}`,
      'Restore a backup, or move the file away to start with an empty one; nothing was changed.',
    );
  }
}

function sqliteVersion(db: DatabaseSync): string {
  return String((db.prepare('SELECT sqlite_version() AS v').get() as Row).v);
}

/** @throws Failure unsupported_runtime */
export function refuseOldSqlite(version: string): void {
  if (isOldSqlite(version)) {
    throw new Failure(
      'unsupported_runtime',
      `this Node contains SQLite ${version}, which can damage a shared database; it must be ${SQLITE_FLOOR} or newer`,
      NEWER_NODE,
    );
  }
}

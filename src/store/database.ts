/** Opening a SQLite file safely: ours, whole, private, of a version we know. */
import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Failure } from '../errors.ts';
import { notOurs, preparedFile } from './database-file.ts';
import { asFailure, isBusy } from './faults.ts';
import { migrate, refuseNewer } from './migrate.ts';
import type { SchemaFamily } from './schema.ts';
import { pragma, type Row, snapshot } from './statements.ts';

/** SQLite before this could corrupt a WAL database that several connections write (the WAL-reset bug). */
export const SQLITE_FLOOR = '3.51.3';

/** Milliseconds for which an open waits for other processes, all attempts together. */
const OPEN_BUDGET_MS = 5000;

/** A file up to this size is checked whole at start; a larger one by `doctor`. */
const QUICK_CHECK_BYTES = 16 * 1024 * 1024;

export interface OpenOptions {
  /** FULL where an acknowledged commit must survive a power cut, NORMAL where it may not. */
  readonly synchronous: 'FULL' | 'NORMAL';
  readonly readOnly?: boolean;
  /**
   * Milliseconds for which SQLite itself waits for a lock once the file is open. That blocks the event loop, so it is
   * short by default, and `connect` tries again.
   */
  readonly busyTimeoutMs?: number;
  /** Opens a damaged file too, for whoever looks for the damage. */
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
 * Opens a database for a use that begins with reading or writing it.
 * @param prepare part of the opening: a locked database is waited for, and an error closes it and says how it ends
 * @throws Failure as `openDatabase`, and what `prepare` throws
 */
export function openPrepared<T>(
  path: string,
  family: SchemaFamily,
  options: OpenOptions,
  prepare: (db: DatabaseSync) => T,
): T {
  const { readOnly = false, busyTimeoutMs = 20 } = options;
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
    const result = patiently(() => {
      refuseOldSqlite(sqliteVersion(opened)); // even this reads the file, which another process may be making
      setUp(opened, file, family, options);
      return prepare(opened);
    });
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
 * Runs `work` again while another process holds the lock. SQLite's own timeout is not enough: where it sees a deadlock
 * coming, as between two processes that both turn on WAL, it gives up at once. Blocks: at start nothing else runs yet.
 */
function patiently<T>(work: () => T): T {
  let deadline: number | undefined;
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      return work();
    } catch (error) {
      deadline ??= performance.now() + OPEN_BUDGET_MS; // not before: asking the clock loads a module
      if (!isBusy(error) || performance.now() > deadline) throw error;
      Atomics.wait(clock, 0, 0, 5 + (process.pid % 20));
    }
  }
}

function refuseForeign(db: DatabaseSync, file: string, family: SchemaFamily): void {
  // One snapshot: between two reads, another process may make its tables and mark them as ours.
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
      'Restore a backup, or move the file away to begin anew; nothing was changed.',
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
      `this Node brings SQLite ${version}, which can damage a shared database; ${SQLITE_FLOOR} or newer is needed`,
      'Use Node 24.15 or newer.',
    );
  }
}

/** Compares number by number: the collator that could do it takes ten milliseconds to load. */
export function isOldSqlite(version: string): boolean {
  const [running, needed] = [version, SQLITE_FLOOR].map((text) => text.split('.').map(Number)) as [number[], number[]];
  const at = needed.findIndex((part, index) => running[index] !== part);
  return (running[at] ?? 0) < (needed[at] ?? 0); // at -1, where all are the same, neither has a part
}

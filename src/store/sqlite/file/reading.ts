/** Opens a database for reading, also beside a running server. It writes nothing and leaves no files behind. */
import { copyFileSync, existsSync, realpathSync, rmSync, type Stats, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Failure } from '../../../errors/failure.ts';
import { primaryCode, SQLITE_CODE } from '../../../machine/sqlite-code.ts';
import { temporaryDirectory } from '../../../machine/temporary-directory.ts';
import { asFailure, isOutage } from './errors.ts';
import type { SchemaFamily } from './migrate.ts';
import { openDatabase } from './open.ts';
import { pragma } from './statements.ts';

export interface Reading {
  readonly db: DatabaseSync;
  /** Warnings for the reader, such as that the file is newer than this program. */
  readonly warnings: readonly string[];
  /** Runs reads in one short transaction, so that they see one state. @throws Failure if the file cannot be read */
  together<T>(read: () => T): T;
  /** The same for asynchronous reads, one group after the other. Other reads in the meantime see the same state. */
  snapshot<T>(read: () => Promise<T>): Promise<T>;
  close(): void;
}

export interface ReadingOptions {
  /** Also opens a damaged file, to report the damage. */
  readonly acceptDamage?: boolean;
}

/** SQLite waits so many milliseconds; a reader of a write-ahead log rarely has to. */
const BUSY_TIMEOUT_MS = 2000;

/** @throws Failure not_found for a missing or empty file, and as `openDatabase` */
export function openForReading(path: string, family: SchemaFamily, options: ReadingOptions = {}): Reading {
  if (path === ':memory:')
    throw new Failure('not_found', 'a database in memory cannot be read from outside', 'Name a file with --db.');
  const file = realPath(path);
  const hadLog = existsSync(`${file}-wal`);
  const open = (at: string) =>
    openDatabase(at, family, {
      synchronous: 'NORMAL',
      readOnly: true,
      busyTimeoutMs: BUSY_TIMEOUT_MS,
      acceptDamage: options.acceptDamage ?? false,
    });
  let db: DatabaseSync;
  let after = () => (hadLog ? undefined : leaveNoLog(file));
  try {
    db = open(path);
  } catch (error) {
    after();
    if (!logCannotBeMade(error)) throw error;
    const copy = copyOf(file);
    after = copy.remove;
    try {
      db = open(copy.path);
    } catch (copyError) {
      after();
      throw copyError;
    }
  }
  const close = () => {
    if (!db.isOpen) return;
    db.close();
    after();
  };
  try {
    return {
      db,
      warnings: versionWarnings(db, path, family),
      together: (read) => together(db, path, read),
      snapshot: inTurn((read) => snapshot(db, path, read)),
      close,
    };
  } catch (error) {
    close();
    throw asFailure(error, path);
  }
}

/** `openDatabase` reports a missing file. A file without read permission is not missing. */
function realPath(path: string): string {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined ? path : realpathSync(path);
  } catch (error) {
    throw asFailure(error, path);
  }
}

/** Runs reads in one short transaction. @throws Failure if the file cannot be read */
export function together<T>(db: DatabaseSync, path: string, read: () => T): T {
  const within = db.isTransaction;
  try {
    if (!within) db.exec('BEGIN');
    const result = read();
    if (!within) db.exec('COMMIT');
    return result;
  } catch (error) {
    if (!within && db.isTransaction) db.exec('ROLLBACK');
    throw asFailure(strangeValue(error, path), path);
  }
}

async function snapshot<T>(db: DatabaseSync, path: string, read: () => Promise<T>): Promise<T> {
  try {
    db.exec('BEGIN');
    const result = await read();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    if (db.isOpen && db.isTransaction) db.exec('ROLLBACK');
    throw asFailure(error, path);
  }
}

/** A connection has one transaction at a time. */
function inTurn(run: <T>(read: () => Promise<T>) => Promise<T>): typeof run {
  let last: Promise<unknown> = Promise.resolve();
  return (read) => {
    const mine = last.then(() => run(read));
    last = mine.catch(() => undefined);
    return mine;
  };
}

/** Reports an invalid number, time or JSON text: the file was damaged or changed by hand. */
function strangeValue(error: unknown, path: string): unknown {
  if (!(error instanceof RangeError || error instanceof SyntaxError)) return error;
  return new Failure(
    'state_corrupt',
    `${path} contains an invalid value: ${error.message}`,
    'See `agent-paste inspect --audit`.',
    error,
  );
}

function versionWarnings(db: DatabaseSync, path: string, family: SchemaFamily): string[] {
  const version = pragma(db, 'user_version');
  const known = family.steps.length;
  if (version === 0)
    throw new Failure('not_found', `${path} is empty`, 'Start the server once, or check --state-dir and --db.');
  if (version === known) return [];
  return [
    version > known
      ? `${path} has version ${version}, but this program knows version ${known}: newer columns are not shown`
      : `${path} has version ${version}; the server will migrate it to version ${known}`,
  ];
}

/** SQLite reads a write-ahead log through two files beside the database, and creates them if they are missing. */
function logCannotBeMade(error: unknown): boolean {
  const cause = error instanceof Failure ? error.cause : undefined;
  const code = primaryCode(cause);
  return code === SQLITE_CODE.cannotOpen || code === SQLITE_CODE.readOnly;
}

/**
 * A reader cannot remove the log that it created; only the last writer does when it closes. So this opens the file as a
 * writer for a moment. SQLite itself keeps the log while another process has the file open.
 */
function leaveNoLog(path: string): void {
  if (!existsSync(path) || statSync(`${path}-wal`, { throwIfNoEntry: false })?.size !== 0) return;
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { timeout: 0 });
    pragma(db, 'user_version');
  } catch (error) {
    if (!isOutage(error)) throw error; // an outage means that another process uses the log, and will remove it
  } finally {
    db?.close();
  }
}

/** Attempts to make a copy during which the file does not change. */
const COPY_ATTEMPTS = 5;

/** For a directory without write permission. Database and log together are the whole state. */
function copyOf(path: string): { readonly path: string; readonly remove: () => void } {
  const directory = temporaryDirectory('inspect');
  const remove = () => directory[Symbol.dispose]();
  const copy = join(directory.path, basename(path));
  try {
    for (let attempt = 0; attempt < COPY_ATTEMPTS; attempt++) {
      const before = states(path);
      for (const [suffix, stat] of before) {
        rmSync(`${copy}${suffix}`, { force: true });
        if (stat) copyFileSync(`${path}${suffix}`, `${copy}${suffix}`);
      }
      if (sameStates(before, states(path))) return { path: copy, remove };
    }
    throw new Failure('state_locked', `${path} changes faster than it can be copied`, 'Try again.');
  } catch (error) {
    remove();
    throw asFailure(error, path);
  }
}

type States = ReadonlyMap<string, Stats | undefined>;

function states(path: string): States {
  return new Map(['', '-wal'].map((suffix) => [suffix, statSync(`${path}${suffix}`, { throwIfNoEntry: false })]));
}

function sameStates(one: States, other: States): boolean {
  return [...one].every(([suffix, stat]) => {
    const now = other.get(suffix);
    return stat?.ino === now?.ino && stat?.size === now?.size && stat?.mtimeMs === now?.mtimeMs;
  });
}

/** Opening a database to look at it: beside a running server, without writing, and without leaving anything behind. */
import { copyFileSync, existsSync, mkdtempSync, realpathSync, rmSync, type Stats, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Failure } from '../../errors.ts';
import { openDatabase } from '../database.ts';
import { asFailure, isOutage } from '../faults.ts';
import type { SchemaFamily } from '../schema.ts';
import { pragma } from '../statements.ts';

export interface Reading {
  readonly db: DatabaseSync;
  /** What whoever reads should know: the file is newer than this program. */
  readonly warnings: readonly string[];
  /** Runs reads in one short transaction, so that they see one state. @throws Failure when the file cannot be read */
  together<T>(read: () => T): T;
  close(): void;
}

export interface ReadingOptions {
  /** Opens a damaged file too, to say what is wrong with it. */
  readonly acceptDamage?: boolean;
}

/** Milliseconds for which SQLite waits, in the rare moment when a reader of a write-ahead log has to. */
const BUSY_TIMEOUT_MS = 2000;

/** @throws Failure not_found for a file that is missing or empty, and as `openDatabase` */
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
    return { db, warnings: versionWarnings(db, path, family), together: (read) => together(db, path, read), close };
  } catch (error) {
    close();
    throw asFailure(error, path);
  }
}

/** A missing file is left to be missed by `openDatabase`; one that may not be seen is not missing. */
function realPath(path: string): string {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined ? path : realpathSync(path);
  } catch (error) {
    throw asFailure(error, path);
  }
}

function together<T>(db: DatabaseSync, path: string, read: () => T): T {
  if (db.isTransaction) return read();
  try {
    db.exec('BEGIN');
    const result = read();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw asFailure(strangeValue(error, path), path);
  }
}

/** A number, time or JSON text that no server of ours has written: the file was damaged, or changed by hand. */
function strangeValue(error: unknown, path: string): unknown {
  if (!(error instanceof RangeError || error instanceof SyntaxError)) return error;
  return new Failure(
    'state_corrupt',
    `${path} holds a value that does not belong there: ${error.message}`,
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
      ? `${path} has version ${version} and this program knows ${known}: what is new in it is not shown`
      : `${path} has version ${version}; the server will take it to ${known}`,
  ];
}

/** SQLite reads a write-ahead log through two files beside the database, and makes them where they are missing. */
function logCannotBeMade(error: unknown): boolean {
  const cause = error instanceof Failure ? error.cause : undefined;
  const code = cause instanceof Error && 'errcode' in cause ? Number(cause.errcode) & 0xff : undefined;
  return code === 14 || code === 8; // CANTOPEN, READONLY (sqlite.org/rescode.html)
}

/**
 * A reader cannot remove the log that it made; the last writer to close does. So be that writer, for a moment: SQLite
 * itself sees to it that nothing goes while another process has the file open.
 */
function leaveNoLog(path: string): void {
  if (!existsSync(path) || statSync(`${path}-wal`, { throwIfNoEntry: false })?.size !== 0) return;
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { timeout: 0 });
    pragma(db, 'user_version');
  } catch (error) {
    if (!isOutage(error)) throw error; // an outage means that somebody else needs the log, or will clear it away
  } finally {
    db?.close();
  }
}

/** Tries for a copy that nothing was written into meanwhile. */
const COPY_ATTEMPTS = 5;

/** For a directory in which nothing can be made. Database and log together are the whole state. */
function copyOf(path: string): { readonly path: string; readonly remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), 'agent-paste-inspect-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  const copy = join(directory, basename(path));
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

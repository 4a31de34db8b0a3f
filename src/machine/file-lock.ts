/**
 * Locks on empty files. They are locks of SQLite: the kernel releases them when their process ends, in any way, so no
 * process id must be checked.
 */
import { lstatSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { Failure } from '../errors/failure.ts';
import { createPrivateFile, refuseLink, temporaryName } from './private-file.ts';
import { primaryCode, SQLITE_CODE, saysNoLocks } from './sqlite-code.ts';

/** Milliseconds; enough for the work of a command under a lock. */
const WAIT_MS = 5000;

/**
 * Runs `work` while no other process runs work under the same file, which stays empty. It uses a lock of SQLite, not the
 * existence of a file: the kernel releases the lock when its process ends, in any way.
 * @param waitMs how long to wait for another process
 * @throws Failure state_locked after that time, state_unwritable, and the errors of `work`
 */
export function exclusively<T>(file: string, work: () => T, waitMs = WAIT_MS): T {
  refuseLink(file);
  createPrivateFile(file);
  let db: DatabaseSync | undefined;
  try {
    db = locked(file, waitMs);
    return work();
  } finally {
    db?.close();
  }
}

function locked(file: string, timeout: number): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { timeout });
    db.exec('BEGIN EXCLUSIVE');
    return db;
  } catch (error) {
    db?.close();
    throw notLocked(file, error as Error);
  }
}

function notLocked(file: string, error: Error): Failure {
  if (saysNoLocks(error)) return withoutLocks(file, error);
  if (primaryCode(error) === SQLITE_CODE.busy) {
    const hint = 'Wait for that process, or stop it.';
    return new Failure('state_locked', `${file} is locked by another process`, hint, error);
  }
  const code = primaryCode(error) === SQLITE_CODE.notADatabase ? 'state_corrupt' : 'state_unwritable';
  const hint = 'It must be an empty file with write permission; remove it if it is something else.';
  return new Failure(code, `cannot lock ${file}: ${error.message}`, hint, error);
}

export interface HeldFile {
  readonly file: string;
  readonly held: boolean;
  /** Takes an exclusive lock, unless another process holds the file. */
  takeAlone(): boolean;
  /** Takes a shared lock, unless another process has an exclusive one. */
  takeShared(): boolean;
  release(): void;
}

/** Keeps connections referenced: a garbage-collected connection would release its lock. */
const OPEN = new Set<DatabaseSync>();

/** Creates the file if it is missing. @throws Failure state_unwritable */
export function openHeldFile(file: string): HeldFile {
  refuseLink(file);
  createPrivateFile(file);
  return opened(file, file);
}

/**
 * Whether a file can be locked that no other process knows: some network file systems have no locks. True as well if that
 * cannot be found out.
 */
export function hasLocks(directory: string): boolean {
  const file = temporaryName(join(directory, 'lock'));
  let lock: HeldFile | undefined;
  try {
    lock = openHeldFile(file);
    return lock.takeAlone();
  } catch {
    return true;
  } finally {
    lock?.release();
    rmSync(file, { force: true });
  }
}

/** @param place a file, or a directory of which no file can be locked */
export function withoutLocks(place: string, cause?: unknown): Failure {
  return new Failure(
    'state_unwritable',
    `${place} cannot be locked: its file system has no locks`,
    'Choose a place on a local disk with --state-dir or --db.',
    cause,
  );
}

/** Whether a process holds the file; a missing file is not created. @throws Failure state_unwritable for other errors */
export function isHeld(file: string): boolean {
  const lock = takenAlone(file);
  if (typeof lock === 'object') lock.release();
  return lock === 'held';
}

/**
 * The file with an exclusive lock; undefined if it is missing, or if another process removes it meanwhile. It is never
 * created. @throws Failure state_unwritable
 */
export function takenAlone(file: string): HeldFile | 'held' | undefined {
  if (!isFile(file)) return undefined;
  const place = pathToFileURL(file);
  place.searchParams.set('mode', 'rw'); // otherwise SQLite would create it again
  let lock: HeldFile | undefined;
  try {
    lock = opened(file, place);
    if (lock.takeAlone()) return lock;
    lock.release();
    return 'held';
  } catch (error) {
    lock?.release();
    if (isFile(file)) throw error;
    return undefined;
  }
}

function isFile(path: string): boolean {
  try {
    return lstatSync(path).isFile();
  } catch {
    return false;
  }
}

function opened(file: string, place: string | URL): HeldFile {
  let db: DatabaseSync;
  try {
    db = new DatabaseSync(place, { timeout: 0 });
  } catch (error) {
    throw unusable(file, error as Error);
  }
  OPEN.add(db);
  return {
    file,
    get held() {
      return db.isOpen;
    },
    takeAlone: () => taken(db, file, 'BEGIN EXCLUSIVE'),
    // A read transaction keeps the shared lock of the file (sqlite.org/lockingv3.html).
    takeShared: () => taken(db, file, 'BEGIN; SELECT count(*) FROM sqlite_schema'),
    release() {
      OPEN.delete(db);
      if (db.isOpen) db.close();
    },
  };
}

function taken(db: DatabaseSync, file: string, statement: string): boolean {
  if (db.isTransaction) return true;
  try {
    db.exec(statement);
    return true;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    if (primaryCode(error) === SQLITE_CODE.busy) return false;
    throw unusable(file, error as Error);
  }
}

function unusable(file: string, error: Error): Failure {
  if (saysNoLocks(error)) return withoutLocks(file, error);
  return new Failure(
    'state_unwritable',
    `cannot lock ${file}: ${error.message}`,
    'It must be an empty file with write permission, on a file system with locks.',
    error,
  );
}

/** Directories that are removed after use, and the search for those of killed processes. */
import { existsSync, lstatSync, mkdtempSync, readdirSync, rmdirSync, rmSync, type Stats } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../errors/failure.ts';
import { type HeldFile, hasLocks, isHeld, openHeldFile, takenAlone, withoutLocks } from './file-lock.ts';
import { hasFixedMode, systemReason } from './private-file.ts';
import { GUARD_FILES } from './state-guard.ts';

export interface TemporaryDirectory extends Disposable {
  readonly path: string;
}

const PURPOSES = ['check', 'exec', 'inspect', 'replay', 'test'] as const;
const NAME = new RegExp(`^agent-paste-(?:${PURPOSES.join('|')})-[A-Za-z0-9]{6}$`);

/** Held by the process that made the directory. */
const IN_USE = 'in-use.lock';

/** @param purpose part of the name. @throws Failure state_unwritable */
export function temporaryDirectory(purpose: (typeof PURPOSES)[number]): TemporaryDirectory {
  const prefix = join(tmpdir(), `agent-paste-${purpose}-`);
  for (;;) {
    const path = made(prefix);
    const lock = claimed(path);
    if (lock === undefined) continue;
    removeAtExit(path);
    const remove = () => {
      rmSync(path, { recursive: true, force: true });
      lock.release();
      keepAtExit(path);
    };
    return { path, [Symbol.dispose]: remove };
  }
}

/** A test may end without stopping its server. One listener for all of them: more would be warned of as a leak. */
const left = new Set<string>();

function removeLeft(): void {
  for (const path of left) rmSync(path, { recursive: true, force: true });
}

function removeAtExit(path: string): void {
  if (left.size === 0) process.on('exit', removeLeft);
  left.add(path);
}

function keepAtExit(path: string): void {
  left.delete(path);
  if (left.size === 0) process.off('exit', removeLeft);
}

function made(prefix: string): string {
  let path: string;
  try {
    path = mkdtempSync(prefix);
  } catch (error) {
    throw unusable(prefix, systemReason(error), error);
  }
  if (!hasFixedMode(lstatSync(path))) return path;
  rmdirSync(path);
  throw unusable(path, 'its file system lets other users in, whatever mode a directory has');
}

/** undefined if another process removed it as abandoned before it was locked. */
function claimed(path: string): HeldFile | undefined {
  let lock: HeldFile | undefined;
  try {
    lock = openHeldFile(join(path, IN_USE));
    if (lock.takeShared()) {
      if (existsSync(lock.file)) return lock;
    } else if (!hasLocks(path)) throw withoutLocks(lock.file);
  } catch (error) {
    lock?.release();
    if (!existsSync(path)) return undefined;
    rmSync(path, { recursive: true, force: true });
    throw unusable(path, (error as Error).message, error);
  }
  lock.release();
  return undefined;
}

function unusable(path: string, reason: string, cause?: unknown): Failure {
  return new Failure(
    'state_unwritable',
    `cannot create a temporary directory ${path}…: ${reason}`,
    `Set ${process.platform === 'win32' ? 'TEMP' : 'TMPDIR'} to a directory with write permission.`,
    cause,
  );
}

/**
 * Directories that killed commands of this user have left: they were made by `temporaryDirectory`, and no process holds
 * them. The server of a killed command may run a moment longer.
 * @throws Failure state_unwritable if the temporary directory cannot be read
 */
export function abandonedDirectories(): readonly string[] {
  try {
    return readdirSync(tmpdir())
      .filter((name) => NAME.test(name))
      .map((name) => join(tmpdir(), name))
      .filter((path) => isOurs(path) && !isInUse(path));
  } catch (error) {
    throw error instanceof Failure ? error : unusable(tmpdir(), systemReason(error), error);
  }
}

/** @returns whether it was removed: another process may have been faster. @throws Failure state_unwritable */
export function removeAbandoned(path: string): boolean {
  const lock = isOurs(path) ? takenAlone(join(path, IN_USE)) : undefined;
  if (typeof lock !== 'object') return false;
  try {
    // Another process may have removed it while this one was opening the lock.
    if (!isOurs(path) || isHeld(join(path, GUARD_FILES.served))) return false;
    // What is added while it is being removed (ENOTEMPTY) is removed as well.
    rmSync(path, { recursive: true, maxRetries: 5, retryDelay: 50 });
    return true;
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('state_unwritable', `cannot remove ${path}: ${systemReason(error)}`, undefined, error);
  } finally {
    lock.release();
  }
}

/** A directory that only this user can enter, with the empty file that only this program creates. */
function isOurs(path: string): boolean {
  const me = process.getuid?.();
  const isMine = ({ uid, mode }: Stats) => me === undefined || (uid === me && (mode & 0o077) === 0);
  const directory = lstatSync(path, { throwIfNoEntry: false });
  if (directory?.isDirectory() !== true || !isMine(directory)) return false; // that of another user may not be looked into
  const lock = lstatSync(join(path, IN_USE), { throwIfNoEntry: false });
  return lock?.isFile() === true && lock.size === 0 && isMine(lock);
}

function isInUse(path: string): boolean {
  return isHeld(join(path, IN_USE)) || isHeld(join(path, GUARD_FILES.served));
}

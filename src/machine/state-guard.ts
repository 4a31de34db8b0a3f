/**
 * One process at a time changes a state directory, and a server marks it as used.
 *
 * A killed process leaves no stale lock (`file-lock.ts`). Lock files are never removed, because a removed file could be
 * locked twice.
 */

import { closeSync, constants, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers';
import { Failure } from '../errors/failure.ts';
import { type HeldFile, hasLocks, isHeld, openHeldFile, withoutLocks } from './file-lock.ts';
import { ensurePrivateDirectory, readPrivateFile } from './private-file.ts';

/** Held while several files of a state directory are created, changed or removed. */
export interface StateGuard {
  readonly directory: string;
  /** False after the release. */
  readonly held: boolean;
  /** Whether a server uses the state. Until the release no other server begins to. */
  isServed(): boolean;
  release(): void;
}

export interface GuardOptions {
  /** Called once, with one sentence, if another process keeps the guard for longer than a command needs. */
  readonly onWait?: ((message: string) => void) | undefined;
  /** Longest wait for that process, in milliseconds. */
  readonly waitMs?: number;
}

/** The longest work under a guard is a first start; on a slow machine, 16 processes may wait for one another. */
const WAIT_MS = 60_000;
const POLL_MS = 10;
/** Most commands hold the guard for a shorter time, so a wait that a person does not notice is not reported. */
const TELL_AFTER_MS = 250;

export const GUARD_FILES = { guard: 'state.lock', holder: 'state.holder', served: 'served.lock' } as const;

/** The clock of the servers that use the state (`state-clock.ts`). It ends with the last of them. */
export const CLOCK_FILE = 'clock';

/**
 * Waits until no other process changes the state directory. A missing directory is created.
 * @param what the command, as a person would name it: `agent-paste reset`
 * @throws Failure state_locked after `waitMs`, naming the holder; state_unwritable, state_unsafe
 */
export async function guardState(
  directory: string,
  what: string,
  { onWait, waitMs = WAIT_MS }: GuardOptions = {},
): Promise<StateGuard> {
  ensurePrivateDirectory(directory);
  const guard = openHeldFile(join(directory, GUARD_FILES.guard));
  try {
    let since: number | undefined; // read when it is needed: reading the clock loads a module
    for (let told = false; !guard.takeAlone(); ) {
      since ??= performance.now();
      const waited = performance.now() - since;
      if (!told && waited > TELL_AFTER_MS) {
        if (!hasLocks(directory)) throw withoutLocks(directory);
        onWait?.(`waiting for ${holderOf(directory)} to finish with ${directory}`);
        told = true;
      }
      if (waited > waitMs) throw stillHeld(directory);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } catch (error) {
    guard.release();
    throw error;
  }
  noteHolder(directory, what);
  let served: HeldFile | undefined;
  return {
    directory,
    get held() {
      return guard.held;
    },
    isServed() {
      served ??= openHeldFile(join(directory, GUARD_FILES.served));
      return !served.takeAlone();
    },
    release() {
      if (!guard.held) return;
      served?.release();
      forgetHolder(directory);
      guard.release();
    },
  };
}

/** Runs `work` under the guard. @throws the errors of `guardState` and `work` */
export async function guarded<T>(
  directory: string,
  what: string,
  work: (guard: StateGuard) => T | Promise<T>,
  options: GuardOptions = {},
): Promise<T> {
  const guard = await guardState(directory, what, options);
  try {
    return await work(guard);
  } finally {
    guard.release();
  }
}

/** The mark of a server or a long command on its state directory. */
export interface StateUse {
  /** No other process used the state when this one began to. */
  readonly isFirst: boolean;
  release(): void;
}

/**
 * Marks the state directory as used, until the release. Any number of processes may use it. The first one removes the
 * clock of the use before, which may have been killed.
 * Call it under the guard, so that a reset cannot remove files in between.
 * @throws Failure state_locked, state_unwritable
 */
export function serveState(directory: string): StateUse {
  const file = join(directory, GUARD_FILES.served);
  const isFirst = !isHeld(file);
  if (isFirst) rmSync(join(directory, CLOCK_FILE), { force: true });
  const lock = openHeldFile(file);
  try {
    if (!lock.takeShared()) throw stillHeld(directory);
  } catch (error) {
    lock.release();
    throw error;
  }
  return { isFirst, release: lock.release };
}

function stillHeld(directory: string): Failure {
  return new Failure(
    'state_locked',
    `${directory} is being changed by ${holderOf(directory)}`,
    'Wait for that process, or stop it; nothing was changed.',
  );
}

/** The name is only for people who wait, so it is not synced. Only the lock decides. */
function noteHolder(directory: string, what: string): void {
  try {
    const { O_CREAT, O_TRUNC, O_WRONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
    const flags = O_CREAT | O_TRUNC | O_WRONLY | O_NOFOLLOW | O_NONBLOCK; // opening a pipe would wait for its reader
    const fd = openSync(join(directory, GUARD_FILES.holder), flags, 0o600);
    try {
      writeSync(fd, `${JSON.stringify({ pid: process.pid, what })}\n`);
    } finally {
      closeSync(fd);
    }
  } catch {
    // A waiting command then reports another process without its name.
  }
}

function forgetHolder(directory: string): void {
  try {
    rmSync(join(directory, GUARD_FILES.holder), { force: true });
  } catch {
    // Something else has that name, and nothing was noted.
  }
}

function holderOf(directory: string): string {
  try {
    const { pid, what } = JSON.parse(readPrivateFile(join(directory, GUARD_FILES.holder)) ?? '');
    if (Number.isSafeInteger(pid) && typeof what === 'string' && /^[\x20-\x7e]{1,80}$/.test(what))
      return `${what} (pid ${pid})`;
  } catch {
    // Written a moment after the lock is taken.
  }
  return 'another process';
}

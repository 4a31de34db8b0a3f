/**
 * Notes of the running servers of a state directory, by which other commands find them. Each server locks a file beside
 * its note until it ends.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, constants, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isHeld, openHeldFile } from './file-lock.ts';
import { readPrivateFile } from './private-file.ts';

export interface ServerNote {
  /** The URL by which this machine reaches it. */
  readonly url: string;
  readonly pid: number;
  readonly issuer: string;
  readonly client_id: string;
  /** The database: a file, a URL without its password, or `:memory:`. */
  readonly db: string;
  /** ISO 8601. */
  readonly started_at: string;
}

const NOTE = '.json';
const LOCK = '.lock';

/** A note and its lock, of a running or ended server. */
export const SERVER_NOTE_FILES = /^server-[0-9a-f]{20}\.(?:json|lock)$/;

/**
 * Writes a note, and removes the notes of ended servers.
 * @throws Failure state_unwritable
 */
export function leaveServerNote(directory: string, note: ServerNote): { remove(): void } {
  removeDead(directory);
  const path = join(directory, `server-${randomBytes(10).toString('hex')}`);
  const lock = openHeldFile(path + LOCK);
  const remove = () => {
    removeNote(path);
    lock.release();
  };
  try {
    lock.takeAlone(); // no other process knows the name yet
    writeNote(path + NOTE, note);
  } catch (error) {
    remove();
    throw error;
  }
  return { remove };
}

/** The running servers, the latest start first. @throws Failure state_unsafe for a note that other users can access */
export function runningServers(directory: string): readonly ServerNote[] {
  return notesIn(directory)
    .filter((path) => isHeld(path + LOCK))
    .flatMap((path) => parsed(readPrivateFile(path + NOTE)) ?? [])
    .sort((a, b) => (a.started_at < b.started_at ? 1 : -1));
}

/** A note is written after its lock was taken. If the lock is free, the server has ended. */
function removeDead(directory: string): void {
  for (const path of notesIn(directory)) if (!isHeld(path + LOCK)) removeNote(path);
}

function removeNote(path: string): void {
  rmSync(path + NOTE, { force: true });
  rmSync(path + LOCK, { force: true });
}

/** Paths without their suffix. */
function notesIn(directory: string): readonly string[] {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch {
    return []; // no server has run here
  }
  return names
    .filter((name) => name.endsWith(NOTE) && SERVER_NOTE_FILES.test(name))
    .map((name) => join(directory, name.slice(0, -NOTE.length)));
}

/** Not synced: after a crash of the machine, no server runs. */
function writeNote(path: string, note: ServerNote): void {
  const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW = 0 } = constants;
  const fd = openSync(path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o600);
  try {
    writeSync(fd, `${JSON.stringify(note)}\n`);
  } finally {
    closeSync(fd);
  }
}

const TEXTS = ['url', 'issuer', 'client_id', 'db', 'started_at'] as const;

/** @returns undefined for a note that is being written, or that was written by another version */
function parsed(text: string | undefined): ServerNote | undefined {
  try {
    const note: unknown = JSON.parse(text ?? '');
    if (typeof note !== 'object' || note === null) return undefined;
    const fields = note as Readonly<Record<string, unknown>>;
    const isWhole = TEXTS.every((name) => typeof fields[name] === 'string') && Number.isSafeInteger(fields.pid);
    return isWhole && URL.canParse(String(fields.url)) ? (note as ServerNote) : undefined;
  } catch {
    return undefined;
  }
}

/** The files of a directory of signing keys, and a way to see whether one of them has changed. */
import { lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../errors/failure.ts';
import { readPrivateFile, systemReason } from '../../machine/private-file.ts';
import { parseKeyFile, type StoredKey } from './signing-key.ts';

export interface Snapshot {
  readonly keys: readonly StoredKey[];
  readonly fileOf: ReadonlyMap<string, string>;
  /** File names and texts, to compare two readings. */
  readonly content: string;
}

/** Returns `last` if the files have not changed. @throws Failure state_corrupt, state_unsafe */
export function readSnapshot(path: string, last: Snapshot): Snapshot {
  const files = listDirectory(path)
    .filter((name) => name.endsWith('.json')) // `.tmp` files are unfinished writes
    .sort()
    .flatMap((name) => {
      const text = readPrivateFile(join(path, name));
      return text === undefined ? [] : [{ name, text }]; // removed after it was listed
    });
  const content = JSON.stringify(files);
  if (content === last.content) return last;

  const fileOf = new Map<string, string>();
  const keys = files.map(({ name, text }) => {
    const key = whole(join(path, name), () => parseKeyFile(text));
    const other = fileOf.get(key.kid);
    if (other !== undefined) {
      throw new Failure(
        'state_corrupt',
        `${join(path, name)} contains the key ${key.kid}, and so does ${other}`,
        'Remove one of the two.',
      );
    }
    fileOf.set(key.kid, name);
    return key;
  });
  keys.sort((a, b) => Number(a.isLent) - Number(b.isLent) || b.createdAt - a.createdAt || (a.kid < b.kid ? -1 : 1));
  return { keys, fileOf, content };
}

/**
 * A value that changes with the directory: its time, which each new, renamed and removed file changes. After a failed
 * reading it includes the time of every file, because a broken file may be repaired in place.
 */
export function stampOf(path: string, isWhole: boolean): string | undefined {
  try {
    const directory = statSync(path, { bigint: true }).mtimeNs;
    if (isWhole) return String(directory);
    const files = readdirSync(path).map((name) => {
      const stat = lstatSync(join(path, name), { bigint: true, throwIfNoEntry: false });
      return stat && `${name} ${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`;
    });
    return `${directory} ${files.join()}`;
  } catch {
    return undefined; // reading the file will report the problem
  }
}

function listDirectory(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    throw new Failure('state_corrupt', `cannot read ${path}: ${systemReason(error)}`, 'Start the server again.', error);
  }
}

/** @throws Failure state_corrupt for any error of `read` */
export function whole<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const hint = 'Restore the file, or remove it; without it, tokens of this key are refused.';
    // The cause is left out, because an error of node:crypto may contain the key.
    throw new Failure('state_corrupt', `${file} is not a signing key: ${describe(error)}`, hint);
  }
}

function describe(error: unknown): string {
  const ours = (error instanceof TypeError || error instanceof SyntaxError) && !('code' in error);
  return ours ? error.message : 'its private key cannot be used';
}

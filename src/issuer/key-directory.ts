/** The signing keys of a directory: one 0600 file per key, read again when another process changed the directory. */
import { type BigIntStats, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../errors.ts';
import { ensurePrivateDirectory, readPrivateFile, systemReason, writePrivateFile } from '../private-file.ts';
import { formatKeyFile, parseKeyFile, type SigningKey } from './signing-key.ts';

/**
 * The file of the first key. A fixed name makes creation exclusive: of two processes that start at once, one creates
 * it and both sign with it.
 */
const FIRST_KEY_FILE = 'first-key.json';

/** Milliseconds within which two writes may carry one directory time: file systems stamp in ticks of up to ten. */
const TIMESTAMP_GRAIN_MS = 50;

export interface KeyDirectory {
  /** Newest first, retired keys included; the same array for as long as nothing changed. Cheap: one `stat` when settled. */
  current(): readonly SigningKey[];
  /** Reads everything now. @throws Failure state_corrupt, state_unsafe */
  reread(): readonly SigningKey[];
  /** False when another process or an earlier key already took the file. @throws Failure state_unwritable */
  create(key: SigningKey, options?: { first?: boolean }): boolean;
  /** Replaces the file that holds this key. @throws Failure state_unwritable */
  replace(key: SigningKey): void;
}

interface Snapshot {
  readonly keys: readonly SigningKey[];
  readonly fileOf: ReadonlyMap<string, string>;
  /** File names and texts: tells whether a second reading found anything new. */
  readonly content: string;
}

/**
 * @param onBroken called once per cause when a later reading fails; the last good keys stay in use unless it throws
 * @throws Failure state_corrupt, state_unsafe, state_unwritable
 */
export function openKeyDirectory(path: string, onBroken: (failure: Failure) => void): KeyDirectory {
  ensurePrivateDirectory(path);
  let snapshot: Snapshot = { keys: [], fileOf: new Map(), content: '' };
  let stamp: bigint | undefined;
  let stampSeenAt = 0;
  let settled = false;
  let reported: string | undefined;

  const reread = (): readonly SigningKey[] => {
    const next = readSnapshot(path, snapshot);
    if (next.keys.length === 0 && snapshot.keys.length > 0) {
      throw new Failure(
        'state_corrupt',
        `the signing keys in ${path} are gone`,
        'Start the server again to make a new key.',
      );
    }
    snapshot = next;
    reported = undefined;
    return snapshot.keys;
  };

  const current = (): readonly SigningKey[] => {
    try {
      const seen = statDirectory(path).mtimeNs;
      const clock = process.uptime() * 1000; // `performance` would be a module to load
      if (seen === stamp && settled) return snapshot.keys;
      if (seen !== stamp) {
        stamp = seen;
        stampSeenAt = clock;
      }
      settled = false;
      const keys = reread();
      // A time that was fresh when we read says nothing about a write a moment later (git: "racy timestamps").
      settled = clock - stampSeenAt > TIMESTAMP_GRAIN_MS;
      return keys;
    } catch (error) {
      settled = false;
      if (!(error instanceof Failure)) throw error;
      if (error.message !== reported) onBroken(error);
      reported = error.message;
      return snapshot.keys;
    }
  };

  reread();
  return {
    current,
    reread,
    create(key, options = {}) {
      const name = options.first ? FIRST_KEY_FILE : `${key.kid}.json`;
      const created = writePrivateFile(join(path, name), formatKeyFile(key), { exclusive: true });
      reread();
      return created;
    },
    replace(key) {
      writePrivateFile(join(path, snapshot.fileOf.get(key.kid) ?? `${key.kid}.json`), formatKeyFile(key));
      reread();
    },
  };
}

/** Gives back `last` when the files say what they said then. */
function readSnapshot(path: string, last: Snapshot): Snapshot {
  const files = listDirectory(path)
    .filter((name) => name.endsWith('.json')) // `.tmp` files are writes that are not finished, or never were
    .sort()
    .flatMap((name) => {
      const text = readPrivateFile(join(path, name));
      return text === undefined ? [] : [{ name, text }]; // removed since it was listed
    });
  const content = JSON.stringify(files);
  if (content === last.content) return last;

  const fileOf = new Map<string, string>();
  const keys = files.map(({ name, text }) => {
    const key = readKey(join(path, name), text);
    const other = fileOf.get(key.kid);
    if (other !== undefined) {
      throw new Failure(
        'state_corrupt',
        `${join(path, name)} holds the key ${key.kid}, and so does ${other}`,
        'Remove one of the two.',
      );
    }
    fileOf.set(key.kid, name);
    return key;
  });
  keys.sort((a, b) => b.createdAt - a.createdAt || (a.kid < b.kid ? -1 : 1));
  return { keys, fileOf, content };
}

function statDirectory(path: string): BigIntStats {
  try {
    return statSync(path, { bigint: true });
  } catch (error) {
    throw unreadable(path, error);
  }
}

function listDirectory(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): Failure {
  return new Failure('state_corrupt', `cannot read ${path}: ${systemReason(error)}`, 'Start the server again.', error);
}

function readKey(file: string, text: string): SigningKey {
  try {
    return parseKeyFile(text);
  } catch (error) {
    const hint = 'Restore the file, or remove it: tokens of this key are refused then.';
    // The cause is left out: an error of node:crypto may carry the key.
    throw new Failure('state_corrupt', `${file} is not a signing key: ${describe(error)}`, hint);
  }
}

function describe(error: unknown): string {
  const ours = (error instanceof TypeError || error instanceof SyntaxError) && !('code' in error);
  return ours ? error.message : 'its private key cannot be used';
}

/** The signing keys of a directory: one 0600 file per key. They are read again after another process changes the directory. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../errors/failure.ts';
import { ensurePrivateDirectory, systemReason, writePrivateFile } from '../../machine/private-file.ts';
import { readSnapshot, type Snapshot, stampOf, whole } from './key-files.ts';
import { formatKeyFile, type SigningKey, type StoredKey, usableKey } from './signing-key.ts';

/**
 * The file of the first key. Its fixed name makes creation exclusive: if two processes start at once, one creates the key
 * and both use it.
 */
const FIRST_KEY_FILE = 'first-key.json';

/** Two writes within so many milliseconds may have the same directory time: file systems round times to up to ten. */
const TIMESTAMP_GRAIN_MS = 50;

export interface KeyDirectory {
  /** Newest first, lent keys last, with retired keys; the same array until a key changes. Usually it costs one `stat`. */
  current(): readonly StoredKey[];
  /**
   * Reads all keys now, for a change under the guard of the state directory, because a reset may have removed keys.
   * @throws Failure state_corrupt, state_unsafe
   */
  reread(): readonly StoredKey[];
  /** The key, ready to sign, after one trial signature. @throws Failure state_corrupt */
  usable(key: StoredKey): SigningKey;
  /** false if the file exists already, from another process or an earlier key. @throws Failure state_unwritable */
  create(key: StoredKey, options?: { first?: boolean }): boolean;
  /** Creates all keys, or none if one cannot be created. The first is created last, because it then signs. @throws Failure */
  createAll(keys: readonly StoredKey[]): void;
  /** Replaces the file that holds this key. @throws Failure state_unwritable */
  replace(key: StoredKey): void;
  /** Removes the file that holds this key. @throws Failure state_unwritable */
  remove(kid: string): void;
}

/**
 * @param onBroken called once per cause if a later reading fails; the last valid keys stay in use unless it throws
 * @param outlivesKeys whether the keys stay in use after all files were removed: a server's. A command may find that a
 *   reset came after what it did.
 * @throws Failure state_corrupt, state_unsafe, state_unwritable
 */
export function openKeyDirectory(
  path: string,
  onBroken: (failure: Failure) => void,
  outlivesKeys: boolean,
): KeyDirectory {
  ensurePrivateDirectory(path);
  let snapshot: Snapshot = { keys: [], fileOf: new Map(), content: '' };
  /** The failure of the last reading. It is thrown again until a file changes. */
  let broken: Failure | undefined;
  let stamp: string | undefined;
  let stampSeenAt = 0;
  let settled = false;
  let reported: string | undefined;
  const tried = new WeakMap<StoredKey, SigningKey>();

  const usable = (key: StoredKey): SigningKey => {
    const known = tried.get(key);
    if (known !== undefined) return known;
    const file = join(path, snapshot.fileOf.get(key.kid) ?? `${key.kid}.json`);
    const made = whole(file, () => usableKey(key));
    tried.set(key, made);
    return made;
  };

  const reread = (): readonly StoredKey[] => {
    const next = readSnapshot(path, snapshot);
    if (next === snapshot) return snapshot.keys;
    const last = snapshot;
    snapshot = next;
    try {
      const signing = next.keys.find(({ retiredAt, isLent }) => retiredAt === null && !isLent);
      if (signing !== undefined) usable(signing); // a key that cannot sign is not used
    } catch (error) {
      snapshot = last;
      throw error;
    }
    return snapshot.keys;
  };

  const read = (): void => {
    try {
      const last = snapshot;
      if (reread().length > 0 || last.keys.length === 0 || !outlivesKeys) {
        broken = undefined;
        reported = undefined;
        return;
      }
      snapshot = last;
      throw new Failure(
        'state_corrupt',
        `the signing keys in ${path} were removed`,
        'Start the server again to make a new key.',
      );
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      broken = error;
    }
  };

  const current = (): readonly StoredKey[] => {
    const seen = stampOf(path, broken === undefined);
    const clock = process.uptime() * 1000; // `performance` would load a module
    if (seen !== stamp) {
      stamp = seen;
      stampSeenAt = clock;
      settled = false;
    }
    if (!settled) {
      read();
      // A directory time close to our reading may also be that of a later write (git: "racy timestamps").
      settled = clock - stampSeenAt > TIMESTAMP_GRAIN_MS;
    }
    if (broken === undefined) return snapshot.keys;
    if (broken.message !== reported) onBroken(broken);
    reported = broken.message;
    return snapshot.keys;
  };

  reread();
  return {
    current,
    reread,
    usable,
    create(key, options = {}) {
      const name = options.first ? FIRST_KEY_FILE : `${key.kid}.json`;
      const created = writePrivateFile(join(path, name), formatKeyFile(key), { exclusive: true });
      reread();
      return created;
    },
    createAll(keys) {
      const created: string[] = [];
      try {
        for (const key of keys.toReversed()) {
          const file = join(path, `${key.kid}.json`);
          if (!writePrivateFile(file, formatKeyFile(key), { exclusive: true }))
            throw new Failure('conflict', `${file} exists already`, 'Move it away, or give the key another kid.');
          created.push(file);
        }
      } catch (error) {
        for (const file of created) rmSync(file, { force: true });
        throw error;
      } finally {
        reread();
      }
    },
    replace(key) {
      writePrivateFile(join(path, snapshot.fileOf.get(key.kid) ?? `${key.kid}.json`), formatKeyFile(key));
      reread();
    },
    remove(kid) {
      const file = join(path, snapshot.fileOf.get(kid) ?? `${kid}.json`);
      try {
        rmSync(file, { force: true });
      } catch (error) {
        throw new Failure('state_unwritable', `cannot remove ${file}: ${systemReason(error)}`, undefined, error);
      }
      reread();
    },
  };
}

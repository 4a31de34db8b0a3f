/** The signing keys of the local WorkOS: published, rotated, retired. Only this folder holds private keys. */
import { dirname } from 'node:path';
import type { PublicKey, PublicKeySet } from '../../callback/identity.ts';
import { closest } from '../../errors/closest.ts';
import { Failure } from '../../errors/failure.ts';
import { guarded, type StateGuard } from '../../machine/state-guard.ts';
import { DAY } from '../../machine/values/time.ts';
import { parseSigningKeys } from './import-key.ts';
import { openKeyDirectory } from './key-directory.ts';
import {
  bitsOf,
  generateSigningKey,
  publicJwk,
  type RsaPrivateJwk,
  type SigningKey,
  type StoredKey,
} from './signing-key.ts';

/** The public facts about a key. */
export interface KeyInfo {
  readonly kid: string;
  readonly createdAt: number;
  /** Milliseconds since 1970, or null while the key is published. */
  readonly retiredAt: number | null;
  /** Published for one borrower only, such as a running check. */
  readonly isLent: boolean;
  readonly bits: number;
}

/** @param now milliseconds since 1970 */
export type MakeKey = typeof generateSigningKey;

export type ExportedKey = PublicKey | (PublicKey & RsaPrivateJwk);

export interface Keyring {
  /** Newest first, lent keys last, with retired keys. */
  list(): readonly KeyInfo[];
  /** The published set, newest first. The same object until this or another process changes a key. */
  jwks(): PublicKeySet;
  /** The newest published key, or the named key, also if it is retired. @throws Failure not_found, state_corrupt */
  signingKey(kid?: string): SigningKey;
  /** Creates the first key if there has never been one. Several processes at once get the same key. @throws Failure */
  ensure(now: number): Promise<void>;
  /** Adds a key, which signs from now on; the other keys stay published. @throws Failure */
  rotate(now: number): Promise<KeyInfo>;
  /** Removes a key from the published set. @throws Failure not_found; conflict for the last key, unless forced */
  retire(kid: string, now: number, options?: { force?: boolean }): Promise<KeyInfo>;
  /** Takes a retirement back; a key that is published stays so. @throws Failure not_found */
  publish(kid: string): Promise<KeyInfo>;
  /**
   * Adds the keys of a JWK, a JWKS or a PEM file: all or none. The first one signs from now on. An existing key stays
   * unchanged, so that a killed import can be repeated. @throws Failure invalid_key, conflict
   */
  import(text: string, now: number): Promise<readonly KeyInfo[]>;
  /**
   * Publishes a new key that signs only for a caller that names it. Keys that were lent more than a day ago are removed,
   * because their borrower was killed. @throws Failure
   */
  lend(now: number): Promise<KeyInfo>;
  /** Makes these keys, as they were listed before, the only ones. Keys that were removed since do not come back. @throws Failure */
  restore(before: readonly KeyInfo[]): Promise<void>;
  /** Removes lent keys. @throws Failure */
  takeBack(kids: readonly string[]): Promise<void>;
  /** The key as a JWK, by default without its private part. @throws Failure not_found */
  export(kid: string, options?: { private?: boolean }): ExportedKey;
}

export interface KeyringOptions {
  /**
   * Called if the key files can no longer be read; the last valid keys stay in use.
   * Without it, the call that needs a key throws the failure.
   */
  readonly onWarning?: (message: string) => void;
  /** Called if a change waits for another process. */
  readonly onWait?: (message: string) => void;
  /** Makes each new key; by default a fresh one. */
  readonly makeKey?: MakeKey | undefined;
  /** The guard of the state directory, if the caller holds it; otherwise each change takes it. */
  readonly guard?: StateGuard;
}

/**
 * All times are milliseconds since 1970. `directory` is in the state directory, whose guard each change holds.
 * @throws Failure state_corrupt for a file without a key; state_unsafe if other users could have read it; state_unwritable
 */
export function openKeyring(
  directory: string,
  { onWarning, onWait, guard, makeKey = generateSigningKey }: KeyringOptions = {},
): Keyring {
  const change = <T>(what: string, work: () => T | Promise<T>): T | Promise<T> =>
    guard?.held ? work() : guarded(dirname(directory), `agent-paste ${what}`, work, { onWait });
  const onBroken = (failure: Failure) => {
    if (!onWarning) throw failure;
    onWarning(`${failure.message}; the keys that were read before stay in use`);
  };
  const files = openKeyDirectory(directory, onBroken, onWarning !== undefined);
  let published: { readonly of: readonly StoredKey[]; readonly set: PublicKeySet } | undefined;

  const find = (kid: string, keys = files.current()): StoredKey => {
    const key = keys.find((candidate) => candidate.kid === kid) ?? beginningWith(kid, keys);
    if (!key)
      throw new Failure(
        'not_found',
        `no signing key has the kid ${JSON.stringify(kid)}${closest(
          kid,
          keys.map((one) => one.kid),
        )}`,
        '`agent-paste keys list` shows them.',
      );
    return key;
  };

  const beginningWith = (kid: string, keys: readonly StoredKey[]): StoredKey | undefined => {
    const given = kid.replace(/…$/, ''); // as a narrow table shows it
    const [first, ...others] = given === '' ? [] : keys.filter((candidate) => candidate.kid.startsWith(given));
    if (others.length === 0) return first;
    throw new Failure(
      'conflict',
      `${others.length + 1} signing keys have a kid that begins with ${JSON.stringify(kid)}`,
      'Give more of it; `agent-paste keys list` shows them.',
    );
  };

  const newest = (): StoredKey => {
    const key = files.current().find(({ retiredAt, isLent }) => retiredAt === null && !isLent);
    if (!key)
      throw new Failure(
        'not_found',
        files.current().length === 0 ? 'there is no signing key' : 'every signing key is retired',
        'Run `agent-paste keys rotate` to make a new one.',
      );
    return key;
  };

  /** Later than every existing key, so that a new key is the newest even if the clock was set back. */
  const nextInstant = (now: number): number => Math.max(now, ...files.reread().map((key) => key.createdAt + 1));

  return {
    list: () => files.current().map(keyInfo),

    jwks() {
      const keys = files.current();
      if (published?.of !== keys) {
        published = { of: keys, set: { keys: keys.filter((key) => key.retiredAt === null).map(publicJwk) } };
      }
      return published.set;
    },

    signingKey: (kid) => files.usable(kid === undefined ? newest() : find(kid)),

    async ensure(now) {
      const lasts = () => files.reread().some(({ isLent }) => !isLent);
      if (lasts()) return;
      await change('making the first signing key', async () => {
        if (!lasts()) files.create(await makeKey(now), { first: true });
      });
    },

    async rotate(now) {
      const made = await makeKey(now);
      return change('keys rotate', () => {
        const key = { ...made, createdAt: nextInstant(now) };
        files.create(key);
        return keyInfo(key);
      });
    },

    async retire(kid, now, { force = false } = {}) {
      return change('keys retire', () => {
        const keys = files.reread();
        const key = find(kid, keys);
        if (key.retiredAt !== null) return keyInfo(key);
        const last = !key.isLent && keys.every((other) => other === key || other.retiredAt !== null || other.isLent);
        if (last && !force) {
          throw new Failure(
            'conflict',
            `${kid} is the last published key`,
            'Run `agent-paste keys rotate` first, or retire it with --force.',
          );
        }
        const retired = { ...key, retiredAt: now };
        files.replace(retired);
        return keyInfo(retired);
      });
    },

    async publish(kid) {
      return change('keys publish', () => {
        const key = find(kid, files.reread());
        const published = { ...key, retiredAt: null };
        if (key.retiredAt !== null) files.replace(published);
        return keyInfo(published);
      });
    },

    async import(text, now) {
      return change('keys import', () => {
        const known = files.reread();
        const createdAt = nextInstant(now);
        const keys = parseSigningKeys(text, known).map((key, index, all) =>
          'createdAt' in key
            ? key
            : { ...key, createdAt: createdAt + all.length - 1 - index, retiredAt: null, isLent: false },
        );
        const fresh = keys.filter((key) => !known.includes(key));
        files.createAll(fresh);
        return keys.map(keyInfo);
      });
    },

    async lend(now) {
      const made = await makeKey(now);
      return change('check', () => {
        for (const { kid, createdAt, isLent } of files.reread()) if (isLent && createdAt < now - DAY) files.remove(kid);
        const key = { ...made, isLent: true };
        files.create(key);
        return keyInfo(key);
      });
    },

    async restore(before) {
      const wanted = new Map(before.map(({ kid, retiredAt }) => [kid, retiredAt]));
      if (files.reread().every(({ kid, retiredAt }) => wanted.get(kid) === retiredAt)) return;
      await change('restoring the signing keys', () => {
        for (const key of files.reread()) {
          const retiredAt = wanted.get(key.kid);
          if (retiredAt === undefined) files.remove(key.kid);
          else if (retiredAt !== key.retiredAt) files.replace({ ...key, retiredAt });
        }
      });
    },

    async takeBack(kids) {
      await change('check', () => {
        for (const { kid, isLent } of files.reread()) if (isLent && kids.includes(kid)) files.remove(kid);
      });
    },

    export(kid, options = {}) {
      const key = find(kid);
      return options.private ? { ...publicJwk(key), ...key.jwk } : publicJwk(key);
    },
  };
}

function keyInfo({ kid, createdAt, retiredAt, isLent, jwk }: StoredKey): KeyInfo {
  return { kid, createdAt, retiredAt, isLent, bits: bitsOf(jwk) };
}

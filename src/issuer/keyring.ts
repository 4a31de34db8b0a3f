/** The signing keys of the local WorkOS: published, rotated, retired. The only private keys of this program live here. */
import { Failure } from '../errors.ts';
import type { PublicKey, PublicKeySet } from '../identity/identity.ts';
import { parseSigningKeys } from './import-key.ts';
import { openKeyDirectory } from './key-directory.ts';
import { generateSigningKey, publicJwk, type RsaPrivateJwk, type SigningKey } from './signing-key.ts';

/** What may be told about a key. */
export interface KeyInfo {
  readonly kid: string;
  readonly createdAt: number;
  /** Milliseconds since 1970, or null while the key is published. */
  readonly retiredAt: number | null;
  readonly bits: number;
}

export type ExportedKey = PublicKey | (PublicKey & RsaPrivateJwk);

export interface Keyring {
  /** Newest first, retired ones included. */
  list(): readonly KeyInfo[];
  /** The published set, newest first. The same object while nothing changed, also by another process. */
  jwks(): PublicKeySet;
  /** The newest published key, or the named one even when it is retired. @throws Failure not_found */
  signingKey(kid?: string): SigningKey;
  /** Makes the first key where there has never been one. Processes that do so at once end up with the same. @throws Failure */
  ensure(now: number): Promise<void>;
  /** Adds a key that signs from now on; the others stay published. @throws Failure */
  rotate(now: number): Promise<KeyInfo>;
  /** Takes a key out of the published set. @throws Failure not_found; conflict for the last one, unless forced */
  retire(kid: string, now: number, options?: { force?: boolean }): KeyInfo;
  /** Adds the keys of a JWK, a JWKS or a PEM file: all or none. The first one signs from now on. @throws Failure invalid_key */
  import(text: string, now: number): readonly KeyInfo[];
  /** The key as a JWK, public unless asked. @throws Failure not_found */
  export(kid: string, options?: { private?: boolean }): ExportedKey;
}

export interface KeyringOptions {
  /**
   * Told when the key files cannot be read any more while running; the last good keys stay in use.
   * Without it, that is thrown by whatever asked for a key.
   */
  readonly onWarning?: (message: string) => void;
}

/**
 * All times are milliseconds since 1970.
 * @throws Failure state_corrupt for a file that holds no key; state_unsafe when others could have read it; state_unwritable
 */
export function openKeyring(directory: string, { onWarning }: KeyringOptions = {}): Keyring {
  const files = openKeyDirectory(directory, (failure) => {
    if (!onWarning) throw failure;
    onWarning(`${failure.message}; the keys read before stay in use`);
  });
  let published: { readonly of: readonly SigningKey[]; readonly set: PublicKeySet } | undefined;

  const find = (kid: string, keys = files.current()): SigningKey => {
    const key = keys.find((candidate) => candidate.kid === kid);
    if (!key)
      throw new Failure(
        'not_found',
        `no signing key has the kid ${JSON.stringify(kid)}`,
        '`agent-paste keys list` shows them.',
      );
    return key;
  };

  const newest = (): SigningKey => {
    const key = files.current().find((candidate) => candidate.retiredAt === null);
    if (!key)
      throw new Failure(
        'not_found',
        'every signing key is retired',
        'Run `agent-paste keys rotate` to make a new one.',
      );
    return key;
  };

  /** Later than every key so far, so that a new key is the newest whatever the clock says. */
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

    signingKey: (kid) => (kid === undefined ? newest() : find(kid)),

    async ensure(now) {
      if (files.reread().length === 0) files.create(await generateSigningKey(now), { first: true });
    },

    async rotate(now) {
      const key = { ...(await generateSigningKey(now)), createdAt: nextInstant(now) };
      files.create(key);
      return keyInfo(key);
    },

    retire(kid, now, { force = false } = {}) {
      const keys = files.reread();
      const key = find(kid, keys);
      if (key.retiredAt !== null) return keyInfo(key);
      const last = keys.every((other) => other === key || other.retiredAt !== null);
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
    },

    import(text, now) {
      const known = files.reread();
      const createdAt = nextInstant(now);
      const keys = parseSigningKeys(text, known).map((key, index, all) => ({
        ...key,
        createdAt: createdAt + all.length - 1 - index,
        retiredAt: null,
      }));
      for (const key of keys) {
        if (files.create(key)) continue;
        throw new Failure('invalid_key', `a key file for ${key.kid} exists already`, 'Give the key another kid.');
      }
      return keys.map(keyInfo);
    },

    export(kid, options = {}) {
      const key = find(kid);
      return options.private ? { ...publicJwk(key), ...key.jwk } : publicJwk(key);
    },
  };
}

function keyInfo({ kid, createdAt, retiredAt, privateKey }: SigningKey): KeyInfo {
  return { kid, createdAt, retiredAt, bits: privateKey.asymmetricKeyDetails?.modulusLength ?? 0 };
}

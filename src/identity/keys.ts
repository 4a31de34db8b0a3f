/** Where verification keys come from: the local issuer's key set, or a JWKS URL. */
import { type CryptoKey, createLocalJWKSet, createRemoteJWKSet, customFetch, errors, type JSONWebKeySet } from 'jose';
import { ApiError, refusal } from '../errors.ts';
import type { PublicKeySet } from './identity.ts';
import { type JsonObject, member } from './json-object.ts';
import { get, outboundFailure } from './outbound.ts';

export type VerificationKey = CryptoKey & {
  readonly algorithm: { readonly modulusLength: number; readonly publicExponent: Uint8Array };
};

export interface KeySource {
  /**
   * The key that fits a JOSE header whose algorithm is already known to be RS256.
   * @throws ApiError kid_unknown, key_ambiguous, jwks_unavailable, jwks_invalid
   */
  find(header: JsonObject): Promise<VerificationKey>;
  /** Forgets what was fetched and asks again at once. */
  reload(): Promise<void>;
}

type KeyResolver = (header: { alg: string; kid?: string }) => Promise<CryptoKey>;

/** Keys of the issuer in this process. `read` returns the same object for as long as the set has not changed. */
export function localKeys(read: () => PublicKeySet): KeySource {
  let current:
    | { readonly set: PublicKeySet; readonly resolve: KeyResolver; readonly found: Map<unknown, VerificationKey> }
    | undefined;
  return {
    async find(header) {
      const set = read();
      if (current?.set !== set) {
        refuseUnusableSet(set);
        current = { set, resolve: createLocalJWKSet(set as JSONWebKeySet), found: new Map() };
      }
      const { resolve, found } = current;
      const kid = member(header, 'kid');
      const key = found.get(kid) ?? (await findKey(resolve, header));
      found.set(kid, key);
      return key;
    },
    async reload() {
      current = undefined;
    },
  };
}

export interface RemoteKeySettings {
  readonly url: string;
  /** Milliseconds for which a fetched key set is used. */
  readonly maxAgeMs: number;
  /** Milliseconds between two fetches that an unknown `kid` asked for. */
  readonly cooldownMs: number;
}

/** After a failed fetch, milliseconds for which the failure is the answer: an outage is not made worse by asking. */
const FAILURE_MEMORY_MS = 1000;

/** Keys of a JWKS URL through jose's `createRemoteJWKSet`: cached, refetched on an unknown `kid` once per cooldown. */
export function remoteKeys({ url, maxAgeMs, cooldownMs }: RemoteKeySettings): KeySource {
  let failure: { readonly at: number; readonly error: unknown } | undefined;

  const fetchKeySet = async (): Promise<Response> => {
    if (failure && performance.now() - failure.at < FAILURE_MEMORY_MS) throw failure.error;
    try {
      const text = await fetchUsableSet(url);
      failure = undefined;
      return new Response(text);
    } catch (error) {
      failure = { at: performance.now(), error };
      throw error;
    }
  };

  const resolve = createRemoteJWKSet(new URL(url), {
    cacheMaxAge: maxAgeMs,
    cooldownDuration: cooldownMs,
    [customFetch]: fetchKeySet, // it has a time limit of its own, and says why; jose's is only a signal to it
  });
  return {
    find: (header) => findKey(resolve, header),
    reload: async () => {
      failure = undefined;
      await resolve.reload();
    },
  };
}

async function fetchUsableSet(url: string): Promise<string> {
  const expected = `a JWKS at ${url}`;
  let answer: Awaited<ReturnType<typeof get>>;
  try {
    answer = await get(url, { accept: 'application/json' });
  } catch (cause) {
    const tooLarge = cause instanceof RangeError;
    throw refusal(tooLarge ? 'jwks_invalid' : 'jwks_unavailable', {
      expected,
      received: outboundFailure(cause),
      cause,
    });
  }
  if (answer.status !== 200) throw refusal('jwks_unavailable', { expected, received: `status ${answer.status}` });
  let set: unknown;
  try {
    set = JSON.parse(answer.text);
  } catch (cause) {
    throw refusal('jwks_invalid', { expected, received: 'something that is not JSON', cause });
  }
  refuseUnusableSet(set);
  return answer.text;
}

/** Members that only a private or a secret key has (RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** A private key in a published set, or no key at all, is a broken issuer and not a bad token. */
function refuseUnusableSet(set: unknown): void {
  const keys: unknown = typeof set === 'object' && set !== null && 'keys' in set ? set.keys : undefined;
  const expected = 'a list of public keys';
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'object' && key !== null && !Array.isArray(key))) {
    throw refusal('jwks_invalid', { expected, received: 'no list of keys' });
  }
  if (keys.length === 0) throw refusal('jwks_invalid', { expected, received: 'an empty list' });
  if (keys.some((key) => PRIVATE_MEMBERS.some((name) => Object.hasOwn(key, name))))
    throw refusal('jwks_invalid', { expected, received: 'a private key' });
}

async function findKey(resolve: KeyResolver, header: JsonObject): Promise<VerificationKey> {
  const kid = member(header, 'kid') as string | undefined;
  try {
    return refuseUnsafeKey((await resolve({ alg: 'RS256', ...(kid === undefined ? {} : { kid }) })) as VerificationKey);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (error instanceof errors.JWKSNoMatchingKey)
      throw refusal('kid_unknown', { expected: 'a kid of the JWKS', received: kid ?? 'no kid' });
    if (error instanceof errors.JWKSMultipleMatchingKeys)
      throw refusal('key_ambiguous', { expected: 'one key', received: 'several keys' });
    // jose imports the key here; what it cannot import (TypeError, DataError) is a fault of the set.
    throw refusal('jwks_invalid', {
      expected: 'an RSA public key',
      received: 'a key that cannot be used',
      cause: error,
    });
  }
}

/** RFC 7518 section 3.3. */
const MIN_MODULUS_BITS = 2048;
/** Beyond these OpenSSL calls every signature bad, which would be taken for a bad token. */
const MAX_MODULUS_BITS = 16_384;
const MAX_EXPONENT = 2n ** 64n - 1n;

/**
 * An exponent of 1 makes every signature valid, and an even one is no RSA. Weaknesses inside a modulus (ROCA,
 * CVE-2017-15361) are not looked for: the key set is believed as far as its URL is.
 */
function refuseUnsafeKey(key: VerificationKey): VerificationKey {
  const { modulusLength, publicExponent } = key.algorithm;
  if (modulusLength < MIN_MODULUS_BITS || modulusLength > MAX_MODULUS_BITS) {
    const expected = `${MIN_MODULUS_BITS} to ${MAX_MODULUS_BITS} bits`;
    throw refusal('jwks_invalid', { expected, received: `${modulusLength} bits` });
  }
  const exponent = BigInt(`0x0${Buffer.from(publicExponent).toString('hex')}`);
  if (exponent < 3n || exponent % 2n === 0n || exponent > MAX_EXPONENT)
    throw refusal('jwks_invalid', { expected: 'an odd exponent from 3 to 8 bytes', received: `${exponent}` });
  return key;
}

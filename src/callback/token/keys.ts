/** Where verification keys come from: the local issuer's key set, or a JWKS URL. */
import { type CryptoKey, createLocalJWKSet, createRemoteJWKSet, customFetch, errors, type JSONWebKeySet } from 'jose';
import { ApiError, refusal } from '../../errors/api-error.ts';
import { isTooDeep, TOO_DEEP } from '../../errors/nesting.ts';
import type { PublicKeySet } from '../identity.ts';
import { get, requestFailure } from '../issuer-request.ts';
import type { Trace } from '../trace.ts';
import { type JsonObject, member } from './json-object.ts';

export type VerificationKey = CryptoKey & {
  readonly algorithm: { readonly modulusLength: number; readonly publicExponent: Uint8Array };
};

export interface KeySource {
  /**
   * The key for a JOSE header; its algorithm has already been checked to be RS256.
   * @throws ApiError kid_unknown, key_ambiguous, jwks_unavailable, jwks_invalid
   */
  find(header: JsonObject, trace?: Trace): Promise<VerificationKey>;
  /** Drops the fetched keys and fetches them again at once. */
  reload(): Promise<void>;
}

type KeyResolver = (header: { alg: string; kid?: string }) => Promise<CryptoKey>;

/** Keys of the issuer in this process. `read` returns the same object until the set changes. */
export function localKeys(read: () => PublicKeySet): KeySource {
  let current:
    | { readonly set: PublicKeySet; readonly resolve: KeyResolver; readonly found: Map<unknown, VerificationKey> }
    | undefined;
  return {
    async find(header) {
      const set = read();
      if (current?.set !== set) {
        current = { set, resolve: createLocalJWKSet(usableSet(set)), found: new Map() };
      }
      const { resolve, found } = current;
      const kid = member(header, 'kid');
      const key = found.get(kid) ?? (await findKey(resolve, header, () => set.keys));
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
  /** Milliseconds between two fetches for an unknown `kid`. */
  readonly cooldownMs: number;
}

/** After a failed fetch, no fetch is tried for so many milliseconds, so that an outage does not get worse. */
const FAILURE_MEMORY_MS = 1000;

/** Keys of a JWKS URL through jose's `createRemoteJWKSet`: cached, refetched on an unknown `kid` once per cooldown. */
export function remoteKeys({ url, maxAgeMs, cooldownMs }: RemoteKeySettings): KeySource {
  let failure: { readonly at: number; readonly error: unknown } | undefined;
  let fetches = 0;
  let isFetching = false;

  const fetchKeySet = async (): Promise<Response> => {
    if (failure && performance.now() - failure.at < FAILURE_MEMORY_MS) throw failure.error;
    fetches += 1;
    isFetching = true;
    try {
      const text = await fetchUsableSet(url);
      failure = undefined;
      return new Response(text);
    } catch (error) {
      failure = { at: performance.now(), error };
      throw error;
    } finally {
      isFetching = false;
    }
  };

  const resolve = createRemoteJWKSet(new URL(url), {
    cacheMaxAge: maxAgeMs,
    cooldownDuration: cooldownMs,
    [customFetch]: fetchKeySet, // our request has its own time limit, with a better error than that of jose
  });
  return {
    async find(header, trace) {
      const [before, wasFetching] = [fetches, isFetching];
      const end = trace?.begin('keys.fetch');
      try {
        return await findKey(resolve, header, () => resolve.jwks()?.keys ?? []);
      } finally {
        if (fetches > before || wasFetching) end?.(); // most keys are here already, and nothing is asked
      }
    },
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
      received: requestFailure(cause),
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
  if (isTooDeep(set)) throw refusal('jwks_invalid', { expected, received: TOO_DEEP });
  return JSON.stringify(usableSet(set));
}

/** Members that only a private or a secret key has (RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** The members by which a key is chosen and imported. Other members are dropped, so that they cannot make it unusable. */
const KEY_MEMBERS = ['kty', 'n', 'e', 'kid', 'use', 'key_ops', 'alg'];

/**
 * A private key in a published set, or an empty set, is an error of the issuer and not of the token.
 * @throws ApiError jwks_invalid
 */
function usableSet(set: unknown): JSONWebKeySet {
  const keys: unknown = typeof set === 'object' && set !== null && 'keys' in set ? set.keys : undefined;
  const expected = 'a list of public keys';
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'object' && key !== null && !Array.isArray(key))) {
    throw refusal('jwks_invalid', { expected, received: 'no list of keys' });
  }
  if (keys.length === 0) throw refusal('jwks_invalid', { expected, received: 'an empty list' });
  if (keys.some((key) => PRIVATE_MEMBERS.some((name) => isThere(key, name))))
    throw refusal('jwks_invalid', { expected, received: 'a private key' });
  return { keys: keys.map(usableKey) as unknown as JSONWebKeySet['keys'] };
}

function usableKey(key: object): object {
  const members = KEY_MEMBERS.filter((name) => isThere(key, name)).map((name) => [name, Reflect.get(key, name)]);
  const usable = Object.fromEntries(members);
  // One of several operations that a key may be used for is enough (RFC 7517 section 4.3).
  if (Array.isArray(usable.key_ops) && usable.key_ops.includes('verify')) usable.key_ops = ['verify'];
  return usable;
}

/** A member that is null or empty counts as absent: some libraries write absent members like that. */
function isThere(key: object, name: string): boolean {
  const value: unknown = Object.hasOwn(key, name) ? Reflect.get(key, name) : undefined;
  return !(value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0));
}

async function findKey(
  resolve: KeyResolver,
  header: JsonObject,
  keys: () => readonly object[],
): Promise<VerificationKey> {
  const kid = member(header, 'kid') as string | undefined;
  try {
    return refuseUnsafeKey((await resolve({ alg: 'RS256', ...(kid === undefined ? {} : { kid }) })) as VerificationKey);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (error instanceof errors.JWKSNoMatchingKey)
      throw refusal(
        'kid_unknown',
        otherPurpose(kid, keys()) ?? { expected: 'a kid of the JWKS', received: kid ?? 'no kid' },
      );
    if (error instanceof errors.JWKSMultipleMatchingKeys)
      throw refusal('key_ambiguous', { expected: 'one key', received: 'several keys' });
    // jose imports the key here; if it cannot (TypeError, DataError), the key set is at fault.
    throw refusal('jwks_invalid', {
      expected: 'an RSA public key',
      received: 'a key that cannot be used',
      cause: error,
    });
  }
}

/** Between a kid and what its key is for, where that is not verifying RS256. */
export const IN_THE_JWKS = ', which is in the JWKS with ';

/** A key that is there, for something else than verifying RS256, is not missing. */
function otherPurpose(
  kid: string | undefined,
  keys: readonly object[],
): { readonly expected: string; readonly received: string } | undefined {
  const key = keys.find((each) => kid !== undefined && Reflect.get(each, 'kid') === kid);
  if (key === undefined) return undefined;
  const fitting = { kty: 'RSA', use: 'sig', alg: 'RS256', key_ops: 'verify' };
  const others = Object.entries(fitting).flatMap(([name, wanted]) => {
    const value: unknown = isThere(key, name) ? Reflect.get(key, name) : undefined;
    const isOther = value !== undefined && ![value].flat().includes(wanted);
    return isOther ? [`${name} ${[value].flat().map(String).join(', ')}`] : [];
  });
  if (others.length === 0) return undefined;
  return {
    expected: 'a key with kty RSA, and use sig, alg RS256 and key_ops verify where it has them',
    received: `${kid}${IN_THE_JWKS}${others.join(' and ')}`,
  };
}

/** RFC 7518 section 3.3. */
const MIN_MODULUS_BITS = 2048;
/** With a larger key, OpenSSL rejects every signature, which would look like an error of the token. */
const MAX_MODULUS_BITS = 16_384;
const MAX_EXPONENT = 2n ** 64n - 1n;

/**
 * An exponent of 1 makes every signature valid, and an even exponent is not valid in RSA. Weak moduli (ROCA,
 * CVE-2017-15361) are not detected: the key set is trusted as far as its URL is.
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

/** One RS256 signing key: its type, its creation, and its file format. */
import { Buffer } from 'node:buffer';
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type JsonWebKey,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { promisify } from 'node:util';
import type { PublicKey } from '../../callback/identity.ts';
import { isoTime } from '../../machine/values/time.ts';

/** The members of an RSA private key that signing needs (RFC 7518 section 6.3.2), without metadata. */
const PRIVATE_MEMBERS = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const;

export type RsaPrivateJwk = { readonly kty: 'RSA' } & Readonly<Record<(typeof PRIVATE_MEMBERS)[number], string>>;

/** A key as its file has it. */
export interface StoredKey {
  readonly kid: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Milliseconds since 1970, or null while the key is published. */
  readonly retiredAt: number | null;
  /** Published for one borrower, who names it: it signs for no other caller. */
  readonly isLent: boolean;
  readonly jwk: RsaPrivateJwk;
}

export interface SigningKey extends StoredKey {
  readonly privateKey: KeyObject;
}

/**
 * A new 2048-bit key with exponent 65537, made on another thread. One in 64 thumbprints begins with a hyphen, which
 * `keys retire <kid>` would read as an option, so such a key is not used. `now` in milliseconds since 1970.
 */
export async function generateSigningKey(now: number): Promise<SigningKey> {
  for (;;) {
    const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
    const jwk = privateJwk(privateKey.export({ format: 'jwk' }));
    const kid = thumbprint(jwk);
    if (!kid.startsWith('-')) return { kid, createdAt: now, retiredAt: null, isLent: false, jwk, privateKey };
  }
}

/** @throws TypeError naming the first member that is missing or not a string */
export function privateJwk(jwk: JsonWebKey): RsaPrivateJwk {
  const members = PRIVATE_MEMBERS.map((name) => {
    const value: unknown = jwk[name];
    if (typeof value !== 'string' || value === '') throw new TypeError(`the member ${name} is missing`);
    return [name, value];
  });
  return { kty: 'RSA', ...Object.fromEntries(members) };
}

/** The key as a JWKS publishes it: only its public members. */
export function publicJwk({ kid, jwk }: Pick<StoredKey, 'kid' | 'jwk'>): PublicKey {
  return { kty: 'RSA', use: 'sig', alg: 'RS256', kid, n: jwk.n, e: jwk.e };
}

/** The key id of a key without one: its SHA-256 thumbprint (RFC 7638 section 3). */
export function thumbprint({ e, kty, n }: Pick<RsaPrivateJwk, 'e' | 'kty' | 'n'>): string {
  return createHash('sha256').update(JSON.stringify({ e, kty, n })).digest('base64url');
}

/** Of the modulus (RFC 7518 section 6.3.1.1: without leading zeros). */
export function bitsOf({ n }: Pick<RsaPrivateJwk, 'n'>): number {
  const bytes = Buffer.from(n, 'base64url');
  return bytes.length * 8 - Math.clz32(bytes[0] ?? 0) + 24;
}

/** OpenSSL also loads a key whose members belong to different keys. Only a signature reveals this. */
export function signsForItself(privateKey: KeyObject): boolean {
  const probe = Buffer.from('agent-paste signing key');
  try {
    return verify('sha256', probe, createPublicKey(privateKey), sign('sha256', probe, privateKey));
  } catch {
    return false; // OpenSSL may also refuse to sign
  }
}

/** The text of a key file. */
export function formatKeyFile({ kid, createdAt, retiredAt, isLent, jwk }: StoredKey): string {
  const file = {
    kid,
    created_at: isoTime(createdAt),
    retired_at: retiredAt === null ? null : isoTime(retiredAt),
    ...(isLent ? { lent: true } : {}),
    jwk,
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/**
 * Whether the members belong together is left to `usableKey`: that takes milliseconds, and a directory may have many.
 * @throws TypeError or SyntaxError saying what is wrong, never quoting the text
 */
export function parseKeyFile(text: string): StoredKey {
  const file = parseObject(text);
  const kid = file.kid;
  if (typeof kid !== 'string' || kid === '') throw new TypeError('the member kid is missing');
  const createdAt = instant(file.created_at, 'created_at');
  const retiredAt = file.retired_at === null ? null : instant(file.retired_at, 'retired_at');
  if (typeof file.jwk !== 'object' || file.jwk === null) throw new TypeError('the member jwk is missing');
  return { kid, createdAt, retiredAt, isLent: file.lent === true, jwk: privateJwk(file.jwk as JsonWebKey) };
}

/** The key, ready to sign. @throws TypeError or an error of node:crypto, which may carry the key */
export function usableKey(stored: StoredKey): SigningKey {
  const privateKey = createPrivateKey({ key: stored.jwk, format: 'jwk' });
  if (!signsForItself(privateKey)) throw new TypeError('its private part does not fit its modulus');
  return { ...stored, privateKey };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SyntaxError('it is not JSON'); // the message of JSON.parse would quote the key
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError('it is not a JSON object');
  return value as Record<string, unknown>;
}

function instant(value: unknown, name: string): number {
  const milliseconds = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(milliseconds)) throw new TypeError(`the member ${name} is not a time`);
  return milliseconds;
}

/** One RS256 signing key: what it is, how it is made, and how it stands in its file. */
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
import type { PublicKey } from '../identity/identity.ts';

/** The members of an RSA private key that signing needs (RFC 7518 section 6.3.2), without metadata. */
export const PRIVATE_MEMBERS = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const;

export type RsaPrivateJwk = { readonly kty: 'RSA' } & Readonly<Record<(typeof PRIVATE_MEMBERS)[number], string>>;

export interface SigningKey {
  readonly kid: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Milliseconds since 1970, or null while the key is published. */
  readonly retiredAt: number | null;
  readonly jwk: RsaPrivateJwk;
  readonly privateKey: KeyObject;
}

/**
 * A new 2048-bit key with exponent 65537, made off the main thread. Its kid never begins with a hyphen, as one in 64
 * thumbprints does: `keys retire <kid>` would take that for an option. `now` in milliseconds since 1970.
 */
export async function generateSigningKey(now: number): Promise<SigningKey> {
  for (;;) {
    const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
    const jwk = privateJwk(privateKey.export({ format: 'jwk' }));
    const kid = thumbprint(jwk);
    if (!kid.startsWith('-')) return { kid, createdAt: now, retiredAt: null, jwk, privateKey };
  }
}

/** @throws TypeError naming the first member that is missing or no string */
export function privateJwk(jwk: JsonWebKey): RsaPrivateJwk {
  const members = PRIVATE_MEMBERS.map((name) => {
    const value: unknown = jwk[name];
    if (typeof value !== 'string' || value === '') throw new TypeError(`the member ${name} is missing`);
    return [name, value];
  });
  return { kty: 'RSA', ...Object.fromEntries(members) };
}

/** The key as a JWKS publishes it: nothing but its public members. */
export function publicJwk({ kid, jwk }: Pick<SigningKey, 'kid' | 'jwk'>): PublicKey {
  return { kty: 'RSA', use: 'sig', alg: 'RS256', kid, n: jwk.n, e: jwk.e };
}

/** The key id of a key that brings none: its SHA-256 thumbprint (RFC 7638 section 3). */
export function thumbprint({ e, kty, n }: Pick<RsaPrivateJwk, 'e' | 'kty' | 'n'>): string {
  return createHash('sha256').update(JSON.stringify({ e, kty, n })).digest('base64url');
}

/** OpenSSL loads a key whose members belong to different keys; only a signature shows it. */
export function signsForItself(privateKey: KeyObject): boolean {
  const probe = Buffer.from('agent-paste signing key');
  try {
    return verify('sha256', probe, createPublicKey(privateKey), sign('sha256', probe, privateKey));
  } catch {
    return false; // OpenSSL may also refuse to sign at all
  }
}

/** The text of a key file. */
export function formatKeyFile({ kid, createdAt, retiredAt, jwk }: Omit<SigningKey, 'privateKey'>): string {
  const file = {
    kid,
    created_at: new Date(createdAt).toISOString(),
    retired_at: retiredAt === null ? null : new Date(retiredAt).toISOString(),
    jwk,
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** @throws TypeError, SyntaxError or an error of node:crypto saying what is wrong, never quoting the text */
export function parseKeyFile(text: string): SigningKey {
  const file = parseObject(text);
  const kid = file.kid;
  if (typeof kid !== 'string' || kid === '') throw new TypeError('the member kid is missing');
  const createdAt = instant(file.created_at, 'created_at');
  const retiredAt = file.retired_at === null ? null : instant(file.retired_at, 'retired_at');
  if (typeof file.jwk !== 'object' || file.jwk === null) throw new TypeError('the member jwk is missing');
  const jwk = privateJwk(file.jwk as JsonWebKey);
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
  if (!signsForItself(privateKey)) throw new TypeError('its private part does not fit its modulus');
  return { kid, createdAt, retiredAt, jwk, privateKey };
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

/** Reads private keys of a user's file, and refuses keys that cannot sign an AuthKit token. */
import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { Failure } from '../../errors/failure.ts';
import { hasTornBlock, isPrivateKey, type PemFile, readPem } from './pem.ts';
import {
  privateJwk,
  type RsaPrivateJwk,
  type SigningKey,
  type StoredKey,
  signsForItself,
  thumbprint,
} from './signing-key.ts';

export type ImportedKey = Pick<SigningKey, 'kid' | 'jwk' | 'privateKey'>;

/** NIST SP 800-56B revision 2 section 6.2: the smallest allowed exponent. */
const SMALLEST_EXPONENT = 65_537n;
const SMALLEST_MODULUS_BITS = 2048; // RFC 7518 section 3.3

/** A key id is also its file name, and `first-key.json` is the file of the first key. */
const KEY_ID = /^(?!first-key$)[a-z0-9_-][a-z0-9._-]{0,127}$/i;

const ACCEPTED =
  'It must be an RSA private key of 2048 bits or more, as JWK, JWKS or unencrypted PEM (PKCS#8, PKCS#1).';

/**
 * The keys of a private JWK, a JWKS of private keys, or a PEM file. A known key is returned as it is stored.
 * @throws Failure invalid_key with one line that names the key without quoting it; conflict for a kid that another key
 *   has, or a known key with another kid
 */
export function parseSigningKeys(text: string, known: readonly StoredKey[]): readonly (ImportedKey | StoredKey)[] {
  const trimmed = text.trim();
  const pem = readPem(trimmed);
  const imported = pem === undefined ? keysOfJson(trimmed) : keysOfPem(pem);
  imported.forEach((key, index) => {
    refuseRepeated(key, imported.slice(0, index));
  });
  return imported.map((key) => knownKey(key, known) ?? key);
}

/** The private keys of a PEM file; `besideKeys` names what stands beside them. */
function keysOfPem(pem: PemFile): ImportedKey[] {
  const { blocks } = pem;
  if (hasTornBlock(pem))
    throw invalid('the PEM has a beginning and no end of the same name, or an end without beginning');
  const keys = blocks.filter(isPrivateKey);
  if (keys.length === 0)
    throw invalid(`the PEM holds no private key: only ${[...new Set(blocks.map(({ label }) => label))].join(', ')}`);
  return keys.map(({ text, label }, index) =>
    keyOfPem(text, label, keys.length === 1 ? 'the PEM' : `key ${index + 1} of ${keys.length} of the PEM`),
  );
}

function keyOfPem(pem: string, label: string, what: string): ImportedKey {
  if (label.startsWith('ENCRYPTED') || /^Proc-Type: .*ENCRYPTED/m.test(pem))
    throw invalid(`${what} is encrypted`, 'Decrypt it first: `openssl pkey -in key.pem`.');
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch {
    throw invalid(`${what} cannot be read as a private key`); // the cause may carry the key
  }
  if (privateKey.asymmetricKeyType !== 'rsa') throw notRsa(what, privateKey.asymmetricKeyType ?? 'unknown');
  const jwk = privateJwk(privateKey.export({ format: 'jwk' }));
  return checked(what, thumbprint(jwk), jwk, privateKey);
}

function keysOfJson(text: string): ImportedKey[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid('the text is neither JSON nor PEM'); // the message of JSON.parse would quote the key
  }
  if (!isObject(value)) throw invalid('the JSON is not an object');
  if (!('keys' in value)) return [keyOfJwk(value, 'the key')];
  if (!Array.isArray(value.keys) || value.keys.length === 0) throw invalid('the JWKS has no keys');
  return value.keys.map((jwk: unknown, index, all) => keyOfJwk(jwk, `key ${index + 1} of ${all.length}`));
}

function keyOfJwk(given: unknown, what: string): ImportedKey {
  if (!isObject(given)) throw invalid(`${what} is not an object`);
  const jwk = withoutEmpty(given);
  if (jwk.kty !== 'RSA') throw notRsa(what, typeof jwk.kty === 'string' ? jwk.kty : 'unknown');
  refuseOtherPurpose(jwk, what);
  if (!('d' in jwk)) throw invalid(`${what} is public: it has no member d`);
  if ('oth' in jwk) throw invalid(`${what} has more than two primes`);
  const { members, privateKey } = rsaKey(jwk, what);
  const kid = jwk.kid ?? thumbprint(members);
  if (typeof kid !== 'string' || !KEY_ID.test(kid)) {
    throw invalid(
      `${what} has an unusable kid`,
      'A kid is 1 to 128 of A-Z a-z 0-9 . _ - and does not begin with a dot; leave it out to get the thumbprint.',
    );
  }
  return checked(what, kid, members, privateKey);
}

function rsaKey(jwk: JsonWebKey, what: string): { members: RsaPrivateJwk; privateKey: KeyObject } {
  let given: RsaPrivateJwk;
  try {
    given = privateJwk(jwk);
  } catch (error) {
    throw invalid(`${what} is incomplete: ${(error as TypeError).message}`);
  }
  try {
    const privateKey = createPrivateKey({ key: given, format: 'jwk' });
    // Exported again, so that a key always has the same form and thumbprint.
    return { members: privateJwk(privateKey.export({ format: 'jwk' })), privateKey };
  } catch {
    throw invalid(`${what} is not a usable RSA key`); // the cause may contain the key
  }
}

/** A member that is null or empty is none: that is how some libraries write what a key does not have. */
function withoutEmpty(jwk: Record<string, unknown>): Record<string, unknown> {
  const isEmpty = (value: unknown) => value === null || value === '' || (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(jwk).filter(([, value]) => !isEmpty(value)));
}

/** RFC 7517 sections 4.2 to 4.4: the allowed uses of a key. */
function refuseOtherPurpose({ use, key_ops, alg }: Record<string, unknown>, what: string): void {
  if (use !== undefined && use !== 'sig') throw invalid(`${what} is not for signing: its use is not sig`);
  if (key_ops !== undefined && !(Array.isArray(key_ops) && key_ops.includes('sign'))) {
    throw invalid(`${what} is not for signing: its key_ops lack sign`);
  }
  if (alg !== undefined && alg !== 'RS256') throw invalid(`${what} is for an algorithm other than RS256`);
}

function checked(what: string, kid: string, jwk: RsaPrivateJwk, privateKey: KeyObject): ImportedKey {
  const { modulusLength = 0, publicExponent = 0n } = privateKey.asymmetricKeyDetails ?? {};
  if (modulusLength < SMALLEST_MODULUS_BITS) throw invalid(`${what} has ${modulusLength} bits`);
  if (publicExponent < SMALLEST_EXPONENT || publicExponent % 2n === 0n) {
    throw invalid(`${what} has the public exponent ${publicExponent}`, 'Make a new key with the exponent 65537.');
  }
  if (!signsForItself(privateKey)) throw invalid(`${what} is inconsistent: its private part does not fit its modulus`);
  return { kid, jwk, privateKey };
}

/** Checks the keys of one file against each other. */
function refuseRepeated({ kid, jwk }: ImportedKey, others: readonly ImportedKey[]): void {
  if (others.some((other) => sameKid(other.kid, kid)))
    throw invalid(`there is already a key with the kid ${kid}`, 'Give each key its own kid.');
  const same = others.find((other) => other.jwk.n === jwk.n);
  if (same) throw invalid(`the key is here already, as ${same.kid}`, 'A key has one kid.');
}

/** @throws Failure conflict */
function knownKey({ kid, jwk }: ImportedKey, known: readonly StoredKey[]): StoredKey | undefined {
  const same = known.find((other) => other.jwk.n === jwk.n);
  if (same && (sameKid(same.kid, kid) || kid === thumbprint(jwk))) return same; // a key without a kid gets its thumbprint
  if (same) throw new Failure('conflict', `the key is here already, as ${same.kid}`, 'A key has one kid.');
  if (known.some((other) => sameKid(other.kid, kid)))
    throw new Failure('conflict', `another key already has the kid ${kid}`, 'Give the key another kid.');
  return undefined;
}

/** Some file systems do not distinguish `A.json` from `a.json`. */
function sameKid(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function notRsa(what: string, type: string): Failure {
  return invalid(`${what} is not an RSA key but ${/^[\w-]{1,20}$/.test(type) ? type : 'something else'}`);
}

function invalid(message: string, hint = ACCEPTED): Failure {
  return new Failure('invalid_key', message, hint);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

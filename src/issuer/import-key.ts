/** Reading private keys that somebody brings along, and refusing those that no AuthKit token could be signed with. */
import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { Failure } from '../errors.ts';
import { privateJwk, type RsaPrivateJwk, type SigningKey, signsForItself, thumbprint } from './signing-key.ts';

export type ImportedKey = Pick<SigningKey, 'kid' | 'jwk' | 'privateKey'>;

/** NIST SP 800-56B revision 2 section 6.2: the smallest exponent in good standing. */
const SMALLEST_EXPONENT = 65_537n;
const SMALLEST_MODULUS_BITS = 2048; // RFC 7518 section 3.3

/** A key id is also the name of its file, and `first-key.json` is the name of another. */
const KEY_ID = /^(?!first-key$)[a-z0-9_-][a-z0-9._-]{0,127}$/i;

const ACCEPTED = 'Accepted are an RSA private key as JWK, JWKS or unencrypted PEM (PKCS#8, PKCS#1), 2048 bits or more.';

/**
 * The keys of a private JWK, a JWKS of private keys, or a PEM file.
 * @param known keys that are there already; neither their kid nor their modulus may come again
 * @throws Failure invalid_key with one line that names the key, and quotes nothing of it
 */
export function parseSigningKeys(
  text: string,
  known: readonly Pick<SigningKey, 'kid' | 'jwk'>[],
): readonly ImportedKey[] {
  const trimmed = text.trim();
  const imported = trimmed.startsWith('-----BEGIN ') ? [keyOfPem(trimmed)] : keysOfJson(trimmed);
  const seen = [...known];
  for (const key of imported) {
    refuseRepeated(key, seen);
    seen.push(key);
  }
  return imported;
}

function keyOfPem(pem: string): ImportedKey {
  const what = 'the PEM';
  if (/ENCRYPTED/.test(pem)) throw invalid(`${what} is encrypted`, 'Decrypt it first: `openssl pkey -in key.pem`.');
  if (/^-----BEGIN ((RSA )?PUBLIC KEY|CERTIFICATE)-----/.test(pem)) throw invalid(`${what} holds no private key`);
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

function keyOfJwk(jwk: unknown, what: string): ImportedKey {
  if (!isObject(jwk)) throw invalid(`${what} is not an object`);
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
    // Exported again, so that one key has one spelling and one thumbprint.
    return { members: privateJwk(privateKey.export({ format: 'jwk' })), privateKey };
  } catch {
    throw invalid(`${what} is not a usable RSA key`); // the cause may carry the key
  }
}

/** RFC 7517 sections 4.2 to 4.4: a key says what it may be used for. */
function refuseOtherPurpose({ use, key_ops, alg }: Record<string, unknown>, what: string): void {
  if (use !== undefined && use !== 'sig') throw invalid(`${what} is not for signing: its use is not sig`);
  if (key_ops !== undefined && !(Array.isArray(key_ops) && key_ops.includes('sign'))) {
    throw invalid(`${what} is not for signing: its key_ops lack sign`);
  }
  if (alg !== undefined && alg !== 'RS256') throw invalid(`${what} is for another algorithm than RS256`);
}

function checked(what: string, kid: string, jwk: RsaPrivateJwk, privateKey: KeyObject): ImportedKey {
  const { modulusLength = 0, publicExponent = 0n } = privateKey.asymmetricKeyDetails ?? {};
  if (modulusLength < SMALLEST_MODULUS_BITS) throw invalid(`${what} has ${modulusLength} bits`);
  if (publicExponent < SMALLEST_EXPONENT || publicExponent % 2n === 0n) {
    throw invalid(`${what} has the public exponent ${publicExponent}`, 'Make the key anew with the exponent 65537.');
  }
  if (!signsForItself(privateKey)) throw invalid(`${what} is inconsistent: its private part does not fit its modulus`);
  return { kid, jwk, privateKey };
}

function refuseRepeated({ kid, jwk }: ImportedKey, known: readonly Pick<SigningKey, 'kid' | 'jwk'>[]): void {
  // Some file systems do not tell `A.json` from `a.json`.
  if (known.some((other) => other.kid.toLowerCase() === kid.toLowerCase()))
    throw invalid(`there is a key with the kid ${kid} already`, 'Give the key another kid.');
  const same = known.find((other) => other.jwk.n === jwk.n);
  if (same) throw invalid(`the key is here already, as ${same.kid}`, 'A key has one kid.');
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

/** Keys for the tests of this folder, made once per file that needs them. */
import { Buffer } from 'node:buffer';
import { generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto';

export interface TestKey {
  readonly privateKey: KeyObject;
  readonly jwk: JsonWebKey;
  pem(type: 'pkcs8' | 'pkcs1'): string;
}

export function makeRsaKey(modulusLength = 2048, publicExponent = 0x10001): TestKey {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength, publicExponent });
  return {
    privateKey,
    jwk: privateKey.export({ format: 'jwk' }),
    pem: (type) => privateKey.export({ type, format: 'pem' }).toString(),
  };
}

/** A random source that gives the same ids in every run. */
export function fixedRandom(): { ulid(now: number): string } {
  let next = 0;
  return { ulid: () => `01J0000000000000000000${String(next++).padStart(4, '0')}` };
}

export function decodePart(token: string, index: 0 | 1): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString());
}

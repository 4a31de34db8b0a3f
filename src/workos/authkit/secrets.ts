/** Codes and tokens: sent once, stored as a hash. */
import { createHash } from 'node:crypto';
import type { RandomSource } from '../../machine/random.ts';

/** Too many bits to guess, so a plain SHA-256 does not reveal the secret. */
const SECRET_BYTES = 32;

/** 43 base64url characters. */
export function newSecret(random: Pick<RandomSource, 'bytes'>): string {
  return random.bytes(SECRET_BYTES).toString('base64url');
}

/** The hash that is stored instead of a code or token. */
export function digestOf(secret: string): Uint8Array {
  return createHash('sha256').update(secret).digest();
}

/** What a token says of itself, read without verifying it: enough to name the key of its callback. */
import { Buffer } from 'node:buffer';
import { idempotencyKey } from '../issuer/token.ts';

export type Claims = Readonly<Record<string, unknown>>;

/** Null for what is no token: the server is to judge that. */
export function claimsOf(token: string): Claims | null {
  const payload = token.split('.')[1] ?? '';
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return typeof claims === 'object' && claims !== null && !Array.isArray(claims) ? (claims as Claims) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Contract §1, step 4. */
export function keyOf(claims: Claims | null): string | null {
  return claims === null ? null : idempotencyKey(claims);
}

/** What a record belongs to (contract §1): the same key of another user, or another issuer, is another record. */
export function recordOf(claims: Claims | null): string | null {
  const key = keyOf(claims);
  return key === null ? null : JSON.stringify([claims?.iss, claims?.sub, key]);
}

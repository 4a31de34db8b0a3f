/** The claims of a token, read without verification, to find the key of its callback. */
import { Buffer } from 'node:buffer';
import { isTooDeep } from '../../errors/nesting.ts';
import { idempotencyKey } from '../../workos/tokens/token.ts';

export type Claims = Readonly<Record<string, unknown>>;

/** null for a text that is not a token; the server must judge it. */
export function claimsOf(token: string): Claims | null {
  const payload = token.split('.')[1] ?? '';
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    const isObject = typeof claims === 'object' && claims !== null && !Array.isArray(claims);
    return isObject && !isTooDeep(claims) ? (claims as Claims) : null; // a tape contains the claims and must be readable
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Contract §1, step 4. */
export function keyOf(claims: Claims | null): string | null {
  return claims === null ? null : idempotencyKey(claims);
}

/** The identity of a record (contract §1): the same key of another user or issuer is another record. */
export function recordOf(claims: Claims | null): string | null {
  const key = keyOf(claims);
  return key === null ? null : JSON.stringify([claims?.iss, claims?.sub, key]);
}

/** Proof Key for Code Exchange with S256 (RFC 7636). `plain` gives no protection and is not supported. */
import { createHash, timingSafeEqual } from 'node:crypto';

/** A SHA-256 has 43 characters in base64url. */
export function isChallenge(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text);
}

/** Whether the challenge was made of this verifier. */
export function verifies(verifier: string, challenge: string): boolean {
  if (!/^[A-Za-z0-9._~-]{43,128}$/.test(verifier)) return false;
  const made = createHash('sha256').update(verifier).digest('base64url');
  return timingSafeEqual(Buffer.from(made), Buffer.from(challenge));
}

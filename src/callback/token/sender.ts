/** The user of a refused token, for support. No decision depends on it. */
import type { Sender } from '../../errors/api-error.ts';
import { printable, redacted } from '../../errors/foreign-text.ts';
import type { VerifiedToken } from '../identity.ts';
import { isVisibleId } from './claims.ts';
import type { Examination } from './examination.ts';
import { type JsonObject, member, parseJsonObject } from './json-object.ts';

export function verifiedSender({ subject, sessionId, tokenId, issuer }: VerifiedToken): Sender {
  return { verified: true, subject, sessionId, tokenId, issuer };
}

/**
 * The user in the claims of a refused token; verified only if the signature is valid.
 * @returns undefined if the claims cannot be read, or are ambiguous
 */
export function claimedSender({ compact, payload, isSigned }: Examination): Sender | undefined {
  const verified = isSigned === true;
  const claims = payload ?? (compact && readable(compact.payload));
  if (claims === undefined) return undefined;
  const text = (name: string): string | null => {
    const value = member(claims, name);
    if (!isVisibleId(value)) return null;
    return verified ? value : printable(redacted(value)); // anyone can put a secret of another user there
  };
  return {
    verified,
    subject: text('sub'),
    sessionId: text('sid'),
    tokenId: text('jti'),
    issuer: text('iss'),
  };
}

function readable(payload: Buffer): JsonObject | undefined {
  try {
    return parseJsonObject(payload, 'payload_invalid');
  } catch {
    return undefined;
  }
}

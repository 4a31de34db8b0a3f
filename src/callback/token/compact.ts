/** The compact serialization of a signed token, read strictly, so that one token has one spelling (RFC 7515 section 7.1). */
import { Buffer } from 'node:buffer';
import { refusal } from '../../errors/api-error.ts';

/** Longest token that is read, in characters. jose itself has no limit; a real AuthKit token has about a thousand. */
export const MAX_TOKEN_LENGTH = 8192;

export interface CompactToken {
  readonly header: Buffer;
  readonly payload: Buffer;
}

const PART_NAMES = ['header', 'payload', 'signature'];
const FOREIGN_CHARACTER = /[^A-Za-z0-9_-]/u;
/** A JWE (RFC 7516 section 7.1); its encrypted key may be empty. Two joined tokens also have five parts, but with a comma. */
const ENCRYPTED = /^[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*){4}$/;

/**
 * Splits a token into its decoded parts. Every part must be canonical base64url: decoding and encoding it again must give
 * the same text. Otherwise one signed token would have many spellings (padding, spaces, unused bits).
 * @throws ApiError malformed_token, encrypted_token
 */
export function parseCompact(token: string): CompactToken {
  if (ENCRYPTED.test(token)) throw refusal('encrypted_token', { expected: '3 parts', received: '5 parts' });
  const parts = token.split('.');
  if (parts.length !== PART_NAMES.length) {
    throw refusal('malformed_token', {
      expected: '3 parts',
      received: `${parts.length} ${parts.length === 1 ? 'part' : 'parts'}`,
    });
  }
  const [header, payload] = parts.map((part, index) => decodePart(part, PART_NAMES[index] as string));
  return { header: header as Buffer, payload: payload as Buffer };
}

function decodePart(part: string, name: string): Buffer {
  if (part === '') throw refusal('malformed_token', { expected: `a ${name}`, received: `an empty ${name}` });
  const foreign = FOREIGN_CHARACTER.exec(part)?.[0].codePointAt(0);
  if (foreign !== undefined) {
    // As a code point: a byte order mark or a no-break space would be invisible.
    const character = `U+${foreign.toString(16).toUpperCase().padStart(4, '0')}`;
    throw refusal('malformed_token', { expected: 'A-Z a-z 0-9 - _ only', received: `${character} in the ${name}` });
  }
  const bytes = Buffer.from(part, 'base64url');
  if (bytes.toString('base64url') !== part) {
    throw refusal('malformed_token', { expected: 'canonical base64url', received: `a ${name} with unused bits set` });
  }
  return bytes;
}

/**
 * Stores the answer to a refresh for repeats of the request. It is sealed with the exchanged token, which only the client
 * has. So several processes can repeat it, and the file alone does not reveal it.
 */
import { Buffer } from 'node:buffer';
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import type { RandomSource } from '../../machine/random.ts';
import { digestOf } from './secrets.ts';

const INFO = 'agent-paste/refresh-successor/v1';
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** @returns salt, nonce, ciphertext and tag, in one piece */
export function sealAnswer(
  answer: Uint8Array,
  refreshToken: string,
  sessionId: string,
  random: Pick<RandomSource, 'bytes'>,
): Buffer {
  const salt = random.bytes(SALT_BYTES);
  const nonce = random.bytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(refreshToken, salt), nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(boundTo(refreshToken, sessionId));
  return Buffer.concat([salt, nonce, cipher.update(answer), cipher.final(), cipher.getAuthTag()]);
}

/** @throws Error if the bytes, the token or the session differ from those of sealing */
export function openAnswer(sealed: Uint8Array, refreshToken: string, sessionId: string): Buffer {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const salt = bytes.subarray(0, SALT_BYTES);
  const nonce = bytes.subarray(SALT_BYTES, SALT_BYTES + NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', keyOf(refreshToken, salt), nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(boundTo(refreshToken, sessionId));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(SALT_BYTES + NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
}

function keyOf(refreshToken: string, salt: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', refreshToken, salt, INFO, 32));
}

function boundTo(refreshToken: string, sessionId: string): Buffer {
  return Buffer.concat([digestOf(refreshToken), Buffer.from(sessionId)]);
}

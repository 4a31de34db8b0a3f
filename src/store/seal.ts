/**
 * Sealing the answer of a callback at rest. Its first form carries a secret that everything else keeps only as an
 * HMAC, and a replay must give the same bytes again: so they are kept encrypted, under a key of their own, bound to
 * the record they belong to. Docs: docs/architecture.md, The secret at rest.
 */
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import type { RandomSource } from '../random.ts';
import type { Pepper } from '../workspace/api-key.ts';

export const SEAL_VERSION = 1;

const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const INFO = 'agent-paste/callback-response/v1';

/** What a sealed body is bound to: a row that is moved to another user, key or time does not open. */
export interface SealContext {
  readonly issuer: string;
  readonly subject: string;
  readonly idempotency_key: string;
  /** The key whose secret the body holds, if any. */
  readonly key_public_id: string | null;
  readonly created_at: string;
}

/** @returns salt, nonce, ciphertext and tag, in one piece */
export function seal(
  body: Uint8Array,
  context: SealContext,
  pepper: Pepper,
  random: Pick<RandomSource, 'bytes'>,
): Buffer {
  const salt = random.bytes(SALT_BYTES);
  const nonce = random.bytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', sealingKey(pepper, salt), nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(additionalData(context, pepper));
  const ciphertext = Buffer.concat([cipher.update(body), cipher.final()]);
  return Buffer.concat([salt, nonce, ciphertext, cipher.getAuthTag()]);
}

/** @throws Error when the bytes, the context or the pepper are not those of sealing */
export function unseal(sealed: Uint8Array, context: SealContext, pepper: Pepper): Buffer {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (bytes.length < SALT_BYTES + NONCE_BYTES + TAG_BYTES) throw new RangeError('a sealed body is too short');
  const salt = bytes.subarray(0, SALT_BYTES);
  const nonce = bytes.subarray(SALT_BYTES, SALT_BYTES + NONCE_BYTES);
  const ciphertext = bytes.subarray(SALT_BYTES + NONCE_BYTES, -TAG_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', sealingKey(pepper, salt), nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(additionalData(context, pepper));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
}

/** Answers kept open: those that are asked for again come in quick succession. */
const OPEN_ANSWERS = 256;

/**
 * `unseal` for answers that are asked for again and again: the last ones are kept as they were opened. The bytes, what
 * they are bound to and the pepper must all be the same, so that nothing opens that `unseal` would not open.
 */
export function createUnsealer(capacity = OPEN_ANSWERS): typeof unseal {
  const opened = new Map<string, Buffer>();
  return (sealed, context, pepper) => {
    const name = `${additionalData(context, pepper).toString('latin1')}${Buffer.from(sealed).toString('latin1')}`;
    const known = opened.get(name);
    if (known !== undefined) return known;
    const body = unseal(sealed, context, pepper);
    opened.set(name, body);
    if (opened.size > capacity) opened.delete(opened.keys().next().value as string);
    return body;
  };
}

/** As a key object: Node takes raw bytes too, but finds out that they are none in ten times the time. */
function sealingKey(pepper: Pepper, salt: Buffer): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', pepper.key, salt, INFO, 32)));
}

function additionalData(
  { issuer, subject, idempotency_key, key_public_id, created_at }: SealContext,
  pepper: Pepper,
): Buffer {
  const operation = 'web_callback';
  return Buffer.from(
    JSON.stringify([SEAL_VERSION, pepper.kid, issuer, subject, operation, idempotency_key, key_public_id, created_at]),
  );
}

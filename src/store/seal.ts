/**
 * Seals the answer of a callback at rest. The first answer contains a secret that is stored elsewhere only as an HMAC,
 * and a replay must give the same bytes. So the bytes are stored encrypted, with a key of their own, and bound to their
 * record. Docs: docs/architecture.md, The secret at rest.
 */
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import type { Pepper } from '../callback/workspace/api-key.ts';
import type { RandomSource } from '../machine/random.ts';

export const SEAL_VERSION = 1;

const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const INFO = 'agent-paste/callback-response/v1';

/** Answers sealed under one salt. Random nonces of 12 bytes allow 2^32 (NIST SP 800-38D, 8.3). */
const ANSWERS_A_SALT = 2 ** 24;

/** Salts whose keys are remembered; a database has one for each process that wrote to it. */
const SALTS = 64;

/** A sealed body is bound to these values: in a row with another user, key or time, it does not open. */
export interface SealContext {
  readonly issuer: string;
  readonly subject: string;
  readonly idempotency_key: string;
  /** Public id of the key whose secret is in the body, if any. */
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
  const { salt, key } = currentKey(pepper, random);
  const nonce = random.bytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(additionalData(context, pepper));
  const ciphertext = Buffer.concat([cipher.update(body), cipher.final()]);
  return Buffer.concat([salt, nonce, ciphertext, cipher.getAuthTag()]);
}

/** @throws Error if the bytes, the context or the pepper differ from those of sealing */
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

/** Number of opened answers that are remembered; repeats of a callback follow each other quickly. */
const OPEN_ANSWERS = 256;

/**
 * `unseal` with a memory of the last opened answers. Bytes, context and pepper must all be the same, so that it opens
 * only what `unseal` would open.
 */
export function createUnsealer(capacity = OPEN_ANSWERS): typeof unseal {
  const opened = new Map<string, { sealed: Buffer; data: Buffer; key: KeyObject; body: Buffer }>();
  return (sealed, context, pepper) => {
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
    const tag = bytes.toString('latin1', Math.max(0, bytes.length - TAG_BYTES));
    const known = opened.get(tag);
    const data = additionalData(context, pepper);
    if (known?.key === pepper.key && known.sealed.equals(bytes) && known.data.equals(data)) return known.body;
    const body = unseal(bytes, context, pepper);
    opened.set(tag, { sealed: Buffer.from(bytes), data, key: pepper.key, body });
    if (opened.size > capacity) opened.delete(opened.keys().next().value as string);
    return body;
  };
}

interface DerivedKeys {
  readonly bySalt: Map<string, KeyObject>;
  /** What this process seals with. */
  current?: { readonly salt: Buffer; readonly key: KeyObject; answers: number };
}

/** By the pepper itself: its number can belong to another one in another state. */
const derivedKeys = new WeakMap<KeyObject, DerivedKeys>();

function derivedFrom(pepper: Pepper): DerivedKeys {
  const known = derivedKeys.get(pepper.key) ?? { bySalt: new Map() };
  derivedKeys.set(pepper.key, known);
  return known;
}

function currentKey(pepper: Pepper, random: Pick<RandomSource, 'bytes'>): { salt: Buffer; key: KeyObject } {
  const derived = derivedFrom(pepper);
  if (derived.current === undefined || derived.current.answers >= ANSWERS_A_SALT) {
    const salt = Buffer.from(random.bytes(SALT_BYTES));
    derived.current = { salt, key: sealingKey(pepper, salt), answers: 0 };
  }
  derived.current.answers++;
  return derived.current;
}

/** As a key object: Node also takes raw bytes, but needs ten times as long to check them. */
function sealingKey(pepper: Pepper, salt: Buffer): KeyObject {
  const { bySalt } = derivedFrom(pepper);
  const name = salt.toString('latin1');
  const known = bySalt.get(name);
  if (known !== undefined) return known;
  const key = createSecretKey(Buffer.from(hkdfSync('sha256', pepper.key, salt, INFO, 32)));
  bySalt.set(name, key);
  if (bySalt.size > SALTS) bySalt.delete(bySalt.keys().next().value as string);
  return key;
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

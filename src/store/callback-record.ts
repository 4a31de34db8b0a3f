/** The record of an answered callback: its key and its sealed answer (contract §4). It is the same in every database. */
import { hash } from 'node:crypto';
import type { Callback } from '../callback/resolution.ts';
import type { Pepper } from '../callback/workspace/api-key.ts';
import { type ApiError, refusal } from '../errors/api-error.ts';
import type { RandomSource } from '../machine/random.ts';
import { isoTime } from '../machine/values/time.ts';
import { type Peppers, pepperOf } from './peppers.ts';
import { SEAL_VERSION, type SealContext, seal, type unseal } from './seal.ts';

export interface CallbackRecord {
  readonly idempotency_key: string;
  readonly subject: string;
  readonly issuer: string;
  readonly member_id: string;
  readonly outcome: 'provisioned' | 'seen';
  readonly status: 200;
  /** Public id of the key whose secret is in the answer. */
  readonly key_public_id: string | null;
  readonly body_sealed: Uint8Array;
  readonly body_sha256: Uint8Array;
  readonly seal_version: number;
  readonly pepper_kid: number;
  readonly created_at: string;
  /** Milliseconds since 1970. */
  readonly expires_at: number;
}

/** The part of a record that is needed to answer its callback again. */
export const STORED_ANSWER = [
  'status',
  'key_public_id',
  'body_sealed',
  'body_sha256',
  'seal_version',
  'pepper_kid',
  'created_at',
] as const satisfies readonly (keyof CallbackRecord)[];

export type StoredAnswer = Pick<CallbackRecord, (typeof STORED_ANSWER)[number]>;

export interface NewAnswer {
  readonly outcome: 'provisioned' | 'seen';
  readonly memberId: string;
  readonly keyPublicId: string | null;
  readonly body: Uint8Array;
}

export function sealedRecord(
  callback: Callback,
  { outcome, memberId, keyPublicId, body }: NewAnswer,
  pepper: Pepper,
  random: Pick<RandomSource, 'bytes'>,
): CallbackRecord {
  const created_at = isoTime(callback.now);
  return {
    idempotency_key: callback.idempotencyKey,
    subject: callback.subject,
    issuer: callback.issuer,
    member_id: memberId,
    outcome,
    status: 200,
    key_public_id: keyPublicId,
    body_sealed: seal(body, sealContext(callback, keyPublicId, created_at), pepper, random),
    body_sha256: sha256(body),
    seal_version: SEAL_VERSION,
    pepper_kid: pepper.kid,
    created_at,
    expires_at: callback.expiresAt,
  };
}

/**
 * Opens the sealed answer.
 * @param open `unseal`, or a function that remembers what it opened
 * @throws ApiError record_unreadable
 */
export function openedAnswer(
  callback: Callback,
  record: StoredAnswer,
  peppers: Peppers,
  open: typeof unseal,
): Uint8Array {
  if (record.seal_version !== SEAL_VERSION)
    throw refusal('record_unreadable', {
      expected: `seal version ${SEAL_VERSION}`,
      received: String(record.seal_version),
    });
  const pepper = pepperOf(peppers, record.pepper_kid);
  let body: Uint8Array;
  try {
    body = open(record.body_sealed, sealContext(callback, record.key_public_id, record.created_at), pepper);
  } catch (cause) {
    throw changed(cause);
  }
  if (!sha256(body).equals(record.body_sha256)) throw changed();
  return body;
}

function changed(cause?: unknown): ApiError {
  return refusal('record_unreadable', {
    expected: 'the answer as it was sealed',
    received: 'something that does not open',
    cause,
  });
}

function sha256(body: Uint8Array): Buffer {
  return hash('sha256', body, 'buffer');
}

function sealContext(
  { issuer, subject, idempotencyKey }: Callback,
  key_public_id: string | null,
  created_at: string,
): SealContext {
  return { issuer, subject, idempotency_key: idempotencyKey, key_public_id, created_at };
}

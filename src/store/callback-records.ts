/** The idempotency records: one sealed answer for each (issuer, subject, key) (contract §4). */
import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { refusal } from '../errors.ts';
import type { RandomSource } from '../random.ts';
import { one } from './database.ts';
import type { Peppers } from './peppers.ts';
import { SEAL_VERSION, type SealContext, seal, unseal } from './seal.ts';
import type { Callback } from './store.ts';

export interface StoredAnswer {
  readonly outcome: 'provisioned' | 'seen';
  readonly memberId: string;
  readonly keyPublicId: string | null;
  readonly body: Uint8Array;
}

interface StoredRecord {
  readonly status: number;
  readonly key_public_id: string | null;
  readonly body_sealed: Uint8Array;
  readonly seal_version: number;
  readonly pepper_kid: number;
  readonly created_at: string;
}

export interface CallbackRecords {
  /** The stored answer of a callback whose record lives. @throws ApiError record_unreadable */
  find(callback: Callback): { status: number; body: Uint8Array } | undefined;
  /** Whether another subject or issuer has a record of the same key. */
  keyUsedByAnother(callback: Callback): boolean;
  /** Takes the place of an expired record of the same callback. */
  insert(callback: Callback, answer: StoredAnswer): void;
  /** @returns how many were dropped */
  deleteExpired(now: number): number;
}

export function prepareCallbackRecords(
  db: DatabaseSync,
  peppers: Peppers,
  random: Pick<RandomSource, 'bytes'>,
): CallbackRecords {
  const find = db.prepare(
    `SELECT status, key_public_id, body_sealed, seal_version, pepper_kid, created_at
     FROM callback_records WHERE idempotency_key = ? AND subject = ? AND issuer = ? AND expires_at > ?`,
  );
  const other = db.prepare(
    'SELECT 1 FROM callback_records WHERE idempotency_key = ? AND (subject <> ? OR issuer <> ?) LIMIT 1',
  );
  const dropExpiredOne = db.prepare(
    'DELETE FROM callback_records WHERE idempotency_key = ? AND subject = ? AND issuer = ? AND expires_at <= ?',
  );
  const insert = db.prepare(
    `INSERT INTO callback_records (idempotency_key, subject, issuer, member_id, outcome, status, key_public_id, body_sealed, body_sha256, seal_version, pepper_kid, created_at, expires_at)
     VALUES (?, ?, ?, ?, ?, 200, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const deleteExpired = db.prepare('DELETE FROM callback_records WHERE expires_at <= ?');

  return {
    find(callback) {
      const { idempotencyKey, subject, issuer, now } = callback;
      const record = one<StoredRecord>(find, idempotencyKey, subject, issuer, now);
      return record && { status: record.status, body: open(callback, record, peppers) };
    },
    keyUsedByAnother: ({ idempotencyKey, subject, issuer }) =>
      one(other, idempotencyKey, subject, issuer) !== undefined,
    insert(callback, { outcome, memberId, keyPublicId, body }) {
      const { idempotencyKey, subject, issuer, now, expiresAt } = callback;
      const created_at = new Date(now).toISOString();
      const pepper = peppers.current;
      const sealed = seal(body, sealContext(callback, keyPublicId, created_at), pepper, random);
      const sha256 = createHash('sha256').update(body).digest();
      dropExpiredOne.run(idempotencyKey, subject, issuer, now);
      insert.run(
        idempotencyKey,
        subject,
        issuer,
        memberId,
        outcome,
        keyPublicId,
        sealed,
        sha256,
        SEAL_VERSION,
        pepper.kid,
        created_at,
        expiresAt,
      );
    },
    deleteExpired: (now) => Number(deleteExpired.run(now).changes),
  };
}

function open(callback: Callback, record: StoredRecord, peppers: Peppers): Uint8Array {
  const pepper = peppers.get(record.pepper_kid);
  if (record.seal_version !== SEAL_VERSION)
    throw refusal('record_unreadable', {
      expected: `seal version ${SEAL_VERSION}`,
      received: String(record.seal_version),
    });
  if (pepper === undefined)
    throw refusal('record_unreadable', { expected: `pepper ${record.pepper_kid}`, received: 'none' });
  try {
    return unseal(record.body_sealed, sealContext(callback, record.key_public_id, record.created_at), pepper);
  } catch (cause) {
    throw refusal('record_unreadable', {
      expected: 'the answer as it was sealed',
      received: 'something that does not open',
      cause,
    });
  }
}

function sealContext(
  { issuer, subject, idempotencyKey }: Callback,
  key_public_id: string | null,
  created_at: string,
): SealContext {
  return { issuer, subject, idempotency_key: idempotencyKey, key_public_id, created_at };
}

/** The idempotency records: one sealed answer for each (issuer, subject, key) (contract §4). */
import { hash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { type ApiError, refusal } from '../errors.ts';
import type { RandomSource } from '../random.ts';
import { type Peppers, pepperOf } from './peppers.ts';
import { createUnsealer, SEAL_VERSION, type SealContext, seal, type unseal } from './seal.ts';
import { one } from './statements.ts';
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
  readonly body_sha256: Uint8Array;
  readonly seal_version: number;
  readonly pepper_kid: number;
  readonly created_at: string;
}

/** Expired records dropped in one transaction. */
export const SWEEP_BATCH = 500;

export interface CallbackRecords {
  /** The stored answer of a callback whose record lives. @throws ApiError record_unreadable */
  find(callback: Callback): { status: number; body: Uint8Array } | undefined;
  /** Whether another subject or issuer has a record of the same key. */
  keyUsedByAnother(callback: Callback): boolean;
  /** Takes the place of an expired record of the same callback. */
  insert(callback: Callback, answer: StoredAnswer): void;
  hasExpired(now: number): boolean;
  /** Drops expired records, up to a batch that keeps the event loop free. @returns how many */
  deleteExpired(now: number): number;
}

export function prepareCallbackRecords(
  db: DatabaseSync,
  peppers: Peppers,
  random: Pick<RandomSource, 'bytes'>,
): CallbackRecords {
  const find = db.prepare(
    `SELECT status, key_public_id, body_sealed, body_sha256, seal_version, pepper_kid, created_at
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
  const expired = db.prepare('SELECT 1 FROM callback_records WHERE expires_at <= ? LIMIT 1');
  const deleteExpired = db.prepare(
    `DELETE FROM callback_records WHERE rowid IN
       (SELECT rowid FROM callback_records WHERE expires_at <= ? ORDER BY expires_at LIMIT ${SWEEP_BATCH})`,
  );

  const openSealed = createUnsealer();

  return {
    find(callback) {
      const { idempotencyKey, subject, issuer, now } = callback;
      const record = one<StoredRecord>(find, idempotencyKey, subject, issuer, now);
      return record && { status: record.status, body: open(callback, record, peppers, openSealed) };
    },
    keyUsedByAnother: ({ idempotencyKey, subject, issuer }) =>
      one(other, idempotencyKey, subject, issuer) !== undefined,
    insert(callback, { outcome, memberId, keyPublicId, body }) {
      const { idempotencyKey, subject, issuer, now, expiresAt } = callback;
      const created_at = new Date(now).toISOString();
      const pepper = peppers.current;
      const sealed = seal(body, sealContext(callback, keyPublicId, created_at), pepper, random);
      dropExpiredOne.run(idempotencyKey, subject, issuer, now);
      insert.run(
        idempotencyKey,
        subject,
        issuer,
        memberId,
        outcome,
        keyPublicId,
        sealed,
        sha256(body),
        SEAL_VERSION,
        pepper.kid,
        created_at,
        expiresAt,
      );
    },
    hasExpired: (now) => one(expired, now) !== undefined,
    deleteExpired: (now) => Number(deleteExpired.run(now).changes),
  };
}

function open(callback: Callback, record: StoredRecord, peppers: Peppers, openSealed: typeof unseal): Uint8Array {
  if (record.seal_version !== SEAL_VERSION)
    throw refusal('record_unreadable', {
      expected: `seal version ${SEAL_VERSION}`,
      received: String(record.seal_version),
    });
  const pepper = pepperOf(peppers, record.pepper_kid);
  let body: Uint8Array;
  try {
    body = openSealed(record.body_sealed, sealContext(callback, record.key_public_id, record.created_at), pepper);
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

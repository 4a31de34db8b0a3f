/** The idempotency records: one sealed answer for each (issuer, subject, key) (contract §4). */
import type { DatabaseSync } from 'node:sqlite';
import type { Callback } from '../../callback/resolution.ts';
import { type CallbackRecord, openedAnswer, STORED_ANSWER, type StoredAnswer } from '../callback-record.ts';
import type { Peppers } from '../peppers.ts';
import { createUnsealer } from '../seal.ts';
import { one } from './file/statements.ts';
import { insertInto } from './inserts.ts';
import { CALLBACK_RECORDS } from './rows.ts';

/** Expired records dropped in one transaction. */
export const SWEEP_BATCH = 500;

export interface CallbackRecords {
  /** The stored answer of a callback, if its record has not expired. @throws ApiError record_unreadable */
  find(callback: Callback): { status: number; body: Uint8Array } | undefined;
  /** Whether another subject or issuer has a record of the same key. */
  keyUsedByAnother(callback: Callback): boolean;
  /** Replaces an expired record of the same callback. */
  insert(record: CallbackRecord, now: number): void;
  hasExpired(now: number): boolean;
  /** Drops expired records, up to a batch that keeps the event loop free. @returns how many */
  deleteExpired(now: number): number;
}

export function prepareCallbackRecords(db: DatabaseSync, peppers: Peppers): CallbackRecords {
  const find = db.prepare(
    `SELECT ${STORED_ANSWER.join(', ')}
     FROM callback_records WHERE idempotency_key = ? AND subject = ? AND issuer = ? AND expires_at > ?`,
  );
  const other = db.prepare(
    'SELECT 1 FROM callback_records WHERE idempotency_key = ? AND (subject <> ? OR issuer <> ?) LIMIT 1',
  );
  const dropExpiredOne = db.prepare(
    'DELETE FROM callback_records WHERE idempotency_key = ? AND subject = ? AND issuer = ? AND expires_at <= ?',
  );
  const insert = insertInto(db, CALLBACK_RECORDS);
  const expired = db.prepare('SELECT 1 FROM callback_records WHERE expires_at <= ? LIMIT 1');
  const deleteExpired = db.prepare(
    `DELETE FROM callback_records WHERE rowid IN
       (SELECT rowid FROM callback_records WHERE expires_at <= ? ORDER BY expires_at LIMIT ${SWEEP_BATCH})`,
  );
  const open = createUnsealer();

  return {
    find(callback) {
      const { idempotencyKey, subject, issuer, now } = callback;
      const record = one<StoredAnswer>(find, idempotencyKey, subject, issuer, now);
      return record && { status: record.status, body: openedAnswer(callback, record, peppers, open) };
    },
    keyUsedByAnother: ({ idempotencyKey, subject, issuer }) =>
      one(other, idempotencyKey, subject, issuer) !== undefined,
    insert(record, now) {
      dropExpiredOne.run(record.idempotency_key, record.subject, record.issuer, now);
      insert(record);
    },
    hasExpired: (now) => one(expired, now) !== undefined,
    deleteExpired: (now) => Number(deleteExpired.run(now).changes),
  };
}

/** Checks the stored answers of a file, a batch at a time. */
import type { DatabaseSync } from 'node:sqlite';
import { STORED_ANSWER } from '../../callback-record.ts';
import type { Peppers } from '../../peppers.ts';
import { brokenAnswer, type SealedRow } from '../../sealed-answer.ts';

interface SealedBatch {
  /** Answers that cannot be opened, a sentence each. */
  readonly broken: readonly string[];
  /** The start of the next batch; undefined after the last one. */
  readonly next: number | undefined;
}

export function checkSealedAnswers(db: DatabaseSync, peppers: Peppers, after: number, limit: number): SealedBatch {
  const rows = db
    .prepare(
      `SELECT rowid, idempotency_key, subject, issuer, ${STORED_ANSWER.join(', ')}
       FROM callback_records WHERE rowid > ? ORDER BY rowid LIMIT ?`,
    )
    .all(after, limit) as unknown as (SealedRow & { readonly rowid: number })[];
  const broken = rows.flatMap((row) => brokenAnswer(row, peppers) ?? []);
  return { broken, next: rows.length < limit ? undefined : rows.at(-1)?.rowid };
}

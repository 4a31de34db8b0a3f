/** Whether stored answers open, and are what was stored (docs/architecture.md, The secret at rest). */
import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { type Peppers, pepperCheck, sameCheck } from '../peppers.ts';
import { SEAL_VERSION, unseal } from '../seal.ts';

interface SealedRow {
  readonly rowid: number;
  readonly idempotency_key: string;
  readonly subject: string;
  readonly issuer: string;
  readonly key_public_id: string | null;
  readonly body_sealed: Uint8Array;
  readonly body_sha256: Uint8Array;
  readonly seal_version: number;
  readonly pepper_kid: number;
  readonly created_at: string;
}

export interface SealedBatch {
  /** What does not open, a sentence each. */
  readonly broken: readonly string[];
  /** Where the next batch begins; undefined after the last. */
  readonly next: number | undefined;
}

/** Why the answers of this file cannot be judged with these peppers, if so. */
export function wrongPepper(db: DatabaseSync, peppers: Peppers): string | undefined {
  const stored = db.prepare("SELECT name, value FROM meta WHERE name GLOB 'pepper_check_*'").all();
  for (const { name, value } of stored) {
    const kid = Number(String(name).slice('pepper_check_'.length));
    const pepper = peppers.get(kid);
    if (pepper === undefined) return `the pepper file has no number ${kid}`;
    if (!sameCheck(String(value), pepperCheck(pepper))) return `pepper ${kid} is not the one of this database`;
  }
  return undefined;
}

export function checkSealedAnswers(db: DatabaseSync, peppers: Peppers, after: number, limit: number): SealedBatch {
  const rows = db
    .prepare(
      `SELECT rowid, idempotency_key, subject, issuer, key_public_id, body_sealed, body_sha256, seal_version, pepper_kid, created_at
       FROM callback_records WHERE rowid > ? ORDER BY rowid LIMIT ?`,
    )
    .all(after, limit) as unknown as SealedRow[];
  const broken = rows.flatMap((row) => {
    const why = judge(row, peppers);
    return why === undefined ? [] : [`${row.idempotency_key} of ${row.subject} ${why}`];
  });
  return { broken, next: rows.length < limit ? undefined : rows.at(-1)?.rowid };
}

function judge(row: SealedRow, peppers: Peppers): string | undefined {
  if (row.seal_version !== SEAL_VERSION) return `is sealed in version ${row.seal_version}, which is unknown`;
  const pepper = peppers.get(row.pepper_kid);
  if (pepper === undefined) return `is sealed with pepper ${row.pepper_kid}, which is missing`;
  let body: Buffer;
  try {
    body = unseal(row.body_sealed, row, pepper);
  } catch (error) {
    if (error instanceof Error) return 'does not open: it was changed, or moved from another record';
    throw error;
  }
  const sha256 = createHash('sha256').update(body).digest();
  return sha256.equals(row.body_sha256) ? undefined : 'opens, but not to the answer whose hash it carries';
}

/** Whether a stored answer opens, and is what was stored (docs/architecture.md, The secret at rest). */
import { createHash } from 'node:crypto';
import type { CallbackRecord, StoredAnswer } from './callback-record.ts';
import type { Peppers } from './peppers.ts';
import { SEAL_VERSION, unseal } from './seal.ts';

export type SealedRow = StoredAnswer & Pick<CallbackRecord, 'idempotency_key' | 'subject' | 'issuer'>;

/** What is wrong with it, a sentence; undefined where nothing is. */
export function brokenAnswer(row: SealedRow, peppers: Peppers): string | undefined {
  const why = judge(row, peppers);
  return why === undefined ? undefined : `${row.idempotency_key} of ${row.subject} ${why}`;
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

/** The callbacks of one (issuer, subject, key), through the index on the subject. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CallbackItem, Reads } from '../../store/read-store.ts';

export interface RecordKey {
  readonly key: string;
  readonly subject: string | null;
  readonly issuer: string | null;
}

/** Callbacks of the user that are looked at, the newest. */
const MOST = 1000;
/** Rows that are read in one turn of the event loop. */
const PAGE = 200;

/** Oldest first. */
export async function callbacksOfKey(
  reads: Reads,
  { key, subject, issuer }: RecordKey,
): Promise<readonly CallbackItem[]> {
  if (subject === null || !(await reads.has('attempts'))) return [];
  const found: CallbackItem[] = [];
  let cursor: string | undefined;
  for (let seen = 0; seen < MOST; seen += PAGE) {
    const page = await reads.list('callbacks', { limit: PAGE, cursor, where: { subject: [subject] } });
    found.push(...page.items.filter((item) => item.idempotency_key === key && item.issuer === issuer));
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
    await nextTurn();
  }
  return found.reverse();
}

/** Rows of callbacks with what was recorded of them. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { redacted } from '../../errors/foreign-text.ts';
import type { CallbackItem, Reads } from '../../store/read-store.ts';
import { shown } from '../../store/view/shown.ts';
import type { CallbackDetail, CallbackRow, CallbackWithDetail } from '../api-types.ts';

/** Details that are read in one turn of the event loop. */
const AT_ONCE = 50;

export function rowOf(item: CallbackItem): CallbackRow {
  return shown('callbacks', item, 0);
}

/** Redacted where they were recorded, and once more here. */
export async function detailsOf(reads: Reads, ids: readonly number[]): Promise<ReadonlyMap<number, CallbackDetail>> {
  const details = new Map<number, CallbackDetail>();
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    if (from > 0) await nextTurn();
    for (const [id, text] of await reads.details(ids.slice(from, from + AT_ONCE)))
      details.set(id, JSON.parse(redacted(text).replaceAll('_<secret>', '_…')));
  }
  return details;
}

/** @param most of them have their detail read: the first and the last half of so many */
export async function withDetails(
  reads: Reads,
  items: readonly CallbackItem[],
  most: number,
): Promise<readonly CallbackWithDetail[]> {
  const half = Math.floor(most / 2);
  const chosen = items.length <= most ? items : [...items.slice(0, half), ...items.slice(-half)];
  const details = await detailsOf(
    reads,
    chosen.map(({ id }) => id),
  );
  return items.map((item) => ({ ...rowOf(item), detail: details.get(item.id) ?? null }));
}

/**
 * Reads of a database in memory. Only the connections of its server see it, so the reads go over them: no transaction of
 * the server is open when a read begins, because none contains an `await`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ItemOf, ListName, StatePart } from '../../read-store.ts';
import { CONNECTION, type Connected } from '../connected.ts';
import { type Reading, together } from '../file/reading.ts';
import type { FollowOptions } from './follow.ts';
import { lastRowid, readAfter, readPage } from './page.ts';

/** The users are always in a file. */
export type MemoryParts = Readonly<Record<Exclude<StatePart, 'users'>, Connected>>;

const POLL_MS = 100;
const BATCH = 500;

/** Its server closes it. Between two reads of a snapshot the server may write. */
export function readingInMemory({ [CONNECTION]: db }: Connected): Reading {
  return {
    db,
    warnings: [],
    together: (read) => together(db, ':memory:', read),
    snapshot: (read) => read(),
    close: () => undefined,
  };
}

/** See `ReadStore.follow`. */
export async function* followInMemory<K extends ListName>(
  { db, together }: Pick<Reading, 'db' | 'together'>,
  { list, query, signal }: Omit<FollowOptions<K>, 'onWarning'>,
): AsyncIterable<readonly ItemOf<K>[]> {
  const { where = {} as NonNullable<typeof query.where> } = query;
  let after = lastRowid(db, list);
  yield together(() => readPage(db, list, query).items.toReversed());
  while (!signal.aborted) {
    const { items, last, end } = together(() => {
      const end = lastRowid(db, list);
      return { ...readAfter(db, list, { after, limit: BATCH, where }), end };
    });
    after = items.length === BATCH ? last : end; // rows that do not match the filter are not read again
    if (items.length > 0) yield items;
    if (items.length < BATCH) await sleep(POLL_MS, undefined, { signal }).catch(() => undefined); // aborted: the loop ends
  }
}

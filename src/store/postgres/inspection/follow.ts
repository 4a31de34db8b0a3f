/** Following a list while servers write to it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Dialect } from '../../dialect.ts';
import { filterSql, fromSql, itemOf, LISTS, selectedBy } from '../../lists.ts';
import type { FollowedList, ItemOf, ListQuery, Where } from '../../read-store.ts';
import { type Pool, type Query, snapshot } from '../pool.ts';
import { readPage, storableIn } from './page.ts';
import { POSITIONS } from './positions.ts';

interface FollowOptions<K extends FollowedList> {
  readonly list: K;
  readonly query: ListQuery<K>;
  readonly signal: AbortSignal;
}

/** Milliseconds between two looks. */
const POLL_MS = 250;
const BATCH = 500;

/** The transaction that wrote a row, and the number of the row. */
type Place = readonly [writtenBy: string, seq: number];

/** Every transaction before it has ended. */
const HORIZON = 'pg_snapshot_xmin(pg_current_snapshot())';

/**
 * See `ReadStore.follow`. A row shows when every transaction that began before its own has ended: numbers are given out
 * before a commit, so that by them alone a slow writer would be missed.
 */
export async function* follow<K extends FollowedList>(
  pool: Pool,
  dialect: Dialect,
  { list, query: asked, signal }: FollowOptions<K>,
): AsyncIterable<readonly ItemOf<K>[]> {
  const begun = await snapshot(pool, async (query) => {
    const [row] = await query(`SELECT ${HORIZON}::text AS horizon`);
    const { items } = await readPage(query, dialect, list, asked);
    return { past: items.toReversed(), after: [String(row?.horizon), 0] as Place };
  });
  yield begun.past;
  // Some of these were written behind the horizon, and come again.
  const shown = new Set<unknown>(begun.past.map(({ id }) => id));
  for (let after = begun.after; !signal.aborted; ) {
    const { items, last } = await readAfter(pool.query, dialect, list, { after, where: asked.where });
    after = last;
    const fresh = items.filter(({ id }) => !shown.has(id));
    if (fresh.length > 0) yield fresh;
    if (items.length < BATCH) await sleep(POLL_MS, undefined, { signal }).catch(() => undefined); // aborted: the loop ends
  }
}

async function readAfter<K extends FollowedList>(
  query: Query,
  dialect: Dialect,
  list: K,
  { after, where = {} as Where<K> }: { readonly after: Place; readonly where: Where<K> | undefined },
): Promise<{ readonly items: readonly ItemOf<K>[]; readonly last: Place }> {
  const { seq } = POSITIONS[list];
  const writtenBy = seq.replace(/\..*/, '.written_by');
  const { conditions, values } = filterSql(LISTS[list], storableIn(where), dialect);
  const [writer, number, most] = [1, 2, 3].map((n) => dialect.parameter(values.length + n));
  const unread = `(${writtenBy}, ${seq}) > (${writer}::xid8, ${number}::bigint) AND ${writtenBy} < ${HORIZON}`;
  const rows = await query(
    `SELECT ${writtenBy}::text AS list_writer, ${seq} AS list_seq, ${selectedBy(LISTS[list], dialect)}
     FROM ${fromSql(list, dialect)} WHERE ${[...conditions, unread].join(' AND ')}
     ORDER BY ${writtenBy}, ${seq} LIMIT ${most}::int`,
    [...values, ...after, BATCH],
  );
  const end = rows.at(-1);
  return {
    items: rows.map((row) => itemOf(LISTS[list], row, dialect)),
    last: end === undefined ? after : [String(end.list_writer), Number(end.list_seq)],
  };
}

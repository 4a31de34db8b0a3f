/** A page of a list: short reads through an index. */

import { isoTime } from '../../../machine/values/time.ts';
import { readCursor, writeCursor } from '../../cursor.ts';
import type { Dialect } from '../../dialect.ts';
import { filterSql, fromSql, itemOf, LISTS, selectedBy } from '../../lists.ts';
import type { ItemOf, ListQuery, Where } from '../../read-store.ts';
import type { Page } from '../../store.ts';
import type { Query, Row } from '../pool.ts';
import { instant } from '../values.ts';
import { POSITIONS, type TableList } from './positions.ts';

/**
 * A list in order of writing ends at the first row that is this much older than asked for, in milliseconds: the clocks of
 * two servers differ, or one was set back.
 */
const CLOCK_DISORDER_MS = 300_000;
/** Milliseconds: without an index, as for the name of a workspace, it takes seconds, and no callback waits for it. */
const PATIENCE_MS = 30_000;
/** Rows that are looked at together, where older ones are left out. */
const CHUNK = 1000;

/** Beside the fields of the item. */
interface Positioned extends Row {
  readonly list_position: number | string;
  readonly list_seq: number;
  readonly list_at: string;
}

/** @throws ApiError invalid_cursor, and the errors of PostgreSQL as they are */
export async function readPage<K extends TableList>(
  query: Query,
  dialect: Dialect,
  list: K,
  { limit, cursor, since, until, where = {} as Where<K> }: ListQuery<K>,
): Promise<Page<ItemOf<K>>> {
  const { last } = POSITIONS[list];
  let from = cursor === undefined ? last : readCursor(list, cursor, isPositionOf(last));
  const oldest = since === undefined ? undefined : isoTime(since);
  const disorder = typeof last === 'number' ? CLOCK_DISORDER_MS : 0;
  const end = since === undefined ? undefined : isoTime(since - disorder);
  const chunk = oldest === undefined ? limit + 1 : CHUNK;
  const rows: Positioned[] = [];
  for (let more = true; more && rows.length <= limit; ) {
    const found = await readChunk(query, dialect, list, { where, until, from, limit: chunk });
    const reached = end === undefined ? -1 : found.findIndex(({ list_at }) => list_at < end);
    const wanted = reached < 0 ? found : found.slice(0, reached);
    rows.push(...wanted.filter(({ list_at }) => oldest === undefined || list_at >= oldest));
    more = oldest !== undefined && reached < 0 && found.length === chunk;
    from = found.at(-1)?.list_position ?? from;
  }
  const shown = rows.slice(0, limit);
  const next = rows.length > limit ? writeCursor(list, shown.at(-1)?.list_position) : null;
  // Rows of one instant have ULIDs in any order, and were written in this one.
  if (typeof last === 'string') shown.sort(latestFirst);
  return { items: shown.map((row) => itemOf(LISTS[list], row, dialect)), nextCursor: next };
}

interface Chunk<K extends TableList> {
  readonly where: Where<K>;
  readonly until: number | undefined;
  readonly from: number | string;
  readonly limit: number;
}

async function readChunk<K extends TableList>(
  query: Query,
  dialect: Dialect,
  list: K,
  { where, until, from, limit }: Chunk<K>,
): Promise<readonly Positioned[]> {
  const { column, seq, last } = POSITIONS[list];
  const { conditions, values } = filterSql(LISTS[list], storableIn(where), dialect);
  const [newest, position, most] = [1, 2, 3].map((n) => dialect.parameter(values.length + n));
  const type = typeof last === 'number' ? 'bigint' : 'text';
  const text = `SELECT ${column} AS list_position, ${seq} AS list_seq, ${instant(LISTS[list].at)} AS list_at,
      ${selectedBy(LISTS[list], dialect)}
    FROM ${fromSql(list, dialect)}
    WHERE ${[...conditions, `${LISTS[list].at} <= ${newest}::timestamptz`, `${column} < ${position}::${type}`].join(' AND ')}
    ORDER BY ${column} DESC LIMIT ${most}::int`;
  const newestAt = until === undefined ? 'infinity' : isoTime(until);
  const found = await query(text, [...values, newestAt, from, limit], PATIENCE_MS);
  return found as readonly Row[] as readonly Positioned[];
}

/** A text with NUL is in no row, and PostgreSQL refuses to compare it. */
export function storableIn<K extends TableList>(where: Where<K>): Where<K> {
  const filters = Object.entries<readonly string[] | undefined>(where);
  return Object.fromEntries(
    filters.map(([name, accepted]) => [name, accepted?.filter((text) => !text.includes('\0'))]),
  ) as Where<K>;
}

function latestFirst(one: Positioned, other: Positioned): number {
  if (one.list_at !== other.list_at) return one.list_at < other.list_at ? 1 : -1;
  return other.list_seq - one.list_seq;
}

function isPositionOf<T extends number | string>(last: T): (value: unknown) => value is T {
  return (value): value is T =>
    typeof value === typeof last &&
    (typeof value === 'number' ? Number.isSafeInteger(value) : !String(value).includes('\0'));
}

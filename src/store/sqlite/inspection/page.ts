/** A page of a list: one short read through an index. */
import type { DatabaseSync } from 'node:sqlite';
import { isoTime } from '../../../machine/values/time.ts';
import { readCursor, writeCursor } from '../../cursor.ts';
import type { Dialect } from '../../dialect.ts';
import { filterSql, fromSql, itemOf, LISTS, selectedBy } from '../../lists.ts';
import type { ItemOf, ListName, ListQuery, Where } from '../../read-store.ts';
import type { Page } from '../../store.ts';
import { SQLITE } from '../dialect.ts';
import { pragma, type Row } from '../file/statements.ts';
import { POSITIONS } from './positions.ts';

/**
 * A list in order of writing ends at the first row that is older than the requested time by so many milliseconds. The
 * margin is for clocks that differ between processes or are set back.
 */
const CLOCK_DISORDER_MS = 300_000;

/** Columns besides the fields of the item. */
interface Positioned extends Row {
  readonly list_position: number | string;
  readonly list_rowid: number;
  readonly list_at: string;
}

/** @throws ApiError invalid_cursor, and SQLite's errors unchanged */
export function readPage<K extends ListName>(db: DatabaseSync, list: K, query: ListQuery<K>): Page<ItemOf<K>> {
  const { limit, cursor, since, until, where = {} as Where<K> } = query;
  const { column, last, version = 1 } = POSITIONS[list];
  const dialect = dialectIn(db);
  if (dialect.version < version) return { items: [], nextCursor: null };
  const { sql, values } = listSql(list, where, { column, operator: '<', direction: 'DESC' }, dialect);
  const from = cursor === undefined ? last : readCursor(list, cursor, isPositionOf(last));
  const oldest = since === undefined ? undefined : isoTime(since);
  const disorder = typeof last === 'number' ? CLOCK_DISORDER_MS : 0;
  const end = since === undefined ? undefined : isoTime(since - disorder);
  const newest = until === undefined ? undefined : isoTime(until);
  const isFiltered = oldest !== undefined || newest !== undefined;
  const rows: Positioned[] = [];
  let next: string | null = null;
  const found = db.prepare(sql).iterate(...values, from, isFiltered ? -1 : limit + 1);
  for (const row of found as Iterable<unknown> as Iterable<Positioned>) {
    const at = writtenAt(list, row);
    if (newest !== undefined && at > newest) continue;
    if (oldest !== undefined && at < oldest) {
      if (end !== undefined && at < end) break;
      continue;
    }
    if (rows.length === limit) {
      next = writeCursor(list, rows.at(-1)?.list_position);
      break;
    }
    rows.push(row);
  }
  // The ULIDs of rows of one millisecond have no order; the rowid has the order of writing.
  if (typeof last === 'string') rows.sort(latestFirst);
  return { items: rows.map((row) => itemOf(LISTS[list], row, SQLITE)), nextCursor: next };
}

function writtenAt(list: ListName, { list_at }: Positioned): string {
  const { atForm } = LISTS[list];
  return atForm === undefined ? list_at : String(SQLITE.read(list_at, atForm));
}

/** The items that were written after a row, oldest first. */
export function readAfter<K extends ListName>(
  db: DatabaseSync,
  list: K,
  { after, limit, where }: { readonly after: number; readonly limit: number; readonly where: Where<K> },
): { readonly items: readonly ItemOf<K>[]; readonly last: number } {
  const { rowid } = POSITIONS[list];
  const { sql, values } = listSql(list, where, { column: rowid, operator: '>', direction: 'ASC' }, dialectIn(db));
  const rows = db.prepare(sql).all(...values, after, limit) as unknown as Positioned[];
  return { items: rows.map((row) => itemOf(LISTS[list], row, SQLITE)), last: rows.at(-1)?.list_rowid ?? after };
}

/** The newest row, by its increasing number. */
export function lastRowid(db: DatabaseSync, list: ListName): number {
  const row = db.prepare(`SELECT max(${POSITIONS[list].rowid}) AS last FROM ${fromSql(list, SQLITE)}`).get();
  return Number(row?.last ?? 0);
}

interface Walk {
  readonly column: string;
  readonly operator: '<' | '>';
  readonly direction: 'ASC' | 'DESC';
}

/** @returns SQL whose values are those of the filters, then the start, then the number of rows */
export function listSql<K extends ListName>(
  list: K,
  where: Where<K>,
  { column, operator, direction }: Walk,
  dialect: Dialect = SQLITE,
): { readonly sql: string; readonly values: readonly string[] } {
  const { at } = LISTS[list];
  const position = POSITIONS[list];
  const { conditions, values, indexed } = filterSql(LISTS[list], where, dialect);
  const [from, limit] = [values.length + 1, values.length + 2].map(dialect.parameter);
  const sql = `SELECT ${position.column} AS list_position, ${position.rowid} AS list_rowid, ${at} AS list_at,
      ${selectedBy(LISTS[list], dialect)}
    FROM ${fromSql(list, dialect, indexed)}
    WHERE ${[...conditions, `${column} ${operator} ${from}`].join(' AND ')}
    ORDER BY ${column} ${direction} LIMIT ${limit}`;
  return { sql, values };
}

/** A reader does not migrate the file, so it may be older than the program. */
function dialectIn(db: DatabaseSync): Dialect {
  return { ...SQLITE, version: pragma(db, 'user_version') };
}

function latestFirst(one: Positioned, other: Positioned): number {
  if (one.list_at !== other.list_at) return one.list_at < other.list_at ? 1 : -1;
  return other.list_rowid - one.list_rowid;
}

function isPositionOf<T extends number | string>(last: T): (value: unknown) => value is T {
  return (value): value is T =>
    typeof value === typeof last && (typeof value !== 'number' || Number.isSafeInteger(value));
}

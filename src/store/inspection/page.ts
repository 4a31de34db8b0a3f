/** A page of a list: one short read through an index. */
import type { DatabaseSync } from 'node:sqlite';
import { readCursor, writeCursor } from '../cursor.ts';
import type { Page } from '../store.ts';
import { type FilterOf, type ItemOf, LISTS, type ListDefinition, type ListName } from './lists.ts';

export interface ListQuery<K extends ListName> {
  readonly limit: number;
  readonly cursor?: string | undefined;
  /** Milliseconds since 1970: nothing that is older. */
  readonly since?: number | undefined;
  /** By name of the filter, the values of which a row must have one. */
  readonly where?: Where<K> | undefined;
}

export type Where<K extends ListName> = { readonly [N in FilterOf<K>]?: readonly string[] };

/**
 * A list in order of writing ends at the first row that is this much older than asked for, in milliseconds: the clocks of
 * two processes differ, or one was set back.
 */
const CLOCK_DISORDER_MS = 300_000;

interface Positioned {
  readonly list_position: number | string;
  readonly list_rowid: number;
  readonly list_at: string;
}

/** @throws ApiError invalid_cursor, and SQLite's errors as they are */
export function readPage<K extends ListName>(db: DatabaseSync, list: K, query: ListQuery<K>): Page<ItemOf<K>> {
  const { limit, cursor, since, where = {} as Where<K> } = query;
  const { order, item } = definitionOf(list);
  const { sql, values } = listSql(list, where, { column: order.column, operator: '<', direction: 'DESC' });
  const from = cursor === undefined ? order.last : readCursor(list, cursor, isPositionOf(order.last));
  const oldest = since === undefined ? undefined : new Date(since).toISOString();
  const disorder = typeof order.last === 'number' ? CLOCK_DISORDER_MS : 0;
  const end = since === undefined ? undefined : new Date(since - disorder).toISOString();
  const rows: Positioned[] = [];
  let next: string | null = null;
  const found = db.prepare(sql).iterate(...values, from, oldest === undefined ? limit + 1 : -1);
  for (const row of found as Iterable<unknown> as Iterable<Positioned>) {
    if (oldest !== undefined && row.list_at < oldest) {
      if (end !== undefined && row.list_at < end) break;
      continue;
    }
    if (rows.length === limit) {
      next = writeCursor(list, rows.at(-1)?.list_position);
      break;
    }
    rows.push(row);
  }
  // Rows of one instant have ULIDs in any order, and were written in this one.
  if (typeof order.last === 'string') rows.sort(latestFirst);
  return { items: rows.map((row) => itemOf(item, row) as ItemOf<K>), nextCursor: next };
}

/** What was written after a row, oldest first. */
export function readAfter<K extends ListName>(
  db: DatabaseSync,
  list: K,
  { after, limit, where }: { readonly after: number; readonly limit: number; readonly where: Where<K> },
): { readonly items: readonly ItemOf<K>[]; readonly last: number } {
  const { rowid, item } = definitionOf(list);
  const { sql, values } = listSql(list, where, { column: rowid, operator: '>', direction: 'ASC' });
  const rows = db.prepare(sql).all(...values, after, limit) as unknown as Positioned[];
  return { items: rows.map((row) => itemOf(item, row) as ItemOf<K>), last: rows.at(-1)?.list_rowid ?? after };
}

/** The newest row there is, by the number that grows. */
export function lastRowid(db: DatabaseSync, list: ListName): number {
  const { table, rowid } = definitionOf(list);
  const row = db.prepare(`SELECT max(${rowid}) AS last FROM ${table}`).get();
  return Number(row?.last ?? 0);
}

interface Walk {
  readonly column: string;
  readonly operator: '<' | '>';
  readonly direction: 'ASC' | 'DESC';
}

/** @returns SQL that takes the values, then where to begin, then how many rows */
export function listSql<K extends ListName>(list: K, where: Where<K>, walk: Walk): { sql: string; values: string[] } {
  const { columns, table, join = '', rowid, order, at, filters } = definitionOf(list);
  const asked = Object.entries(filters).flatMap(([name, filter]) => {
    const accepted = (where as Readonly<Record<string, readonly string[] | undefined>>)[name];
    return accepted === undefined ? [] : [{ ...filter, accepted }];
  });
  const conditions = asked.map(({ column, accepted }) => `${column} IN (${accepted.map(() => '?').join(', ')})`);
  const index = asked[0]?.index;
  const sql = `SELECT ${order.column} AS list_position, ${rowid} AS list_rowid, ${at} AS list_at, ${columns}
    FROM ${table}${index === undefined ? '' : ` INDEXED BY ${index}`} ${join}
    WHERE ${[...conditions, `${walk.column} ${walk.operator} ?`].join(' AND ')}
    ORDER BY ${walk.column} ${walk.direction} LIMIT ?`;
  return { sql, values: asked.flatMap(({ accepted }) => accepted) };
}

function definitionOf(list: ListName): ListDefinition {
  return LISTS[list];
}

function itemOf(item: ListDefinition['item'], row: Positioned): unknown {
  const { list_position: _position, list_rowid: _rowid, list_at: _at, ...columns } = row;
  return item(columns as never);
}

function latestFirst(one: Positioned, other: Positioned): number {
  if (one.list_at !== other.list_at) return one.list_at < other.list_at ? 1 : -1;
  return other.list_rowid - one.list_rowid;
}

function isPositionOf<T extends number | string>(last: T): (value: unknown) => value is T {
  return (value): value is T =>
    typeof value === typeof last && (typeof value !== 'number' || Number.isSafeInteger(value));
}

/** A page of a list, and names: ids of the API are random, so lists are ordered by instant and id. */
import { isoTime } from '../../../machine/values/time.ts';
import { readCursor, writeCursor } from '../../cursor.ts';
import type { Dialect } from '../../dialect.ts';
import { filterSql, itemOf, selectedBy } from '../../lists.ts';
import { afterPrefix } from '../../names.ts';
import type { ItemOf, ListQuery, NameKind, Shortened, Where } from '../../read-store.ts';
import type { Page } from '../../store.ts';
import { storableIn } from '../inspection/page.ts';
import type { Query } from '../pool.ts';
import { CALLBACK_ANSWERS, NAMED, type NamedColumn, type ReferenceDefinition, type ReferenceList } from './tables.ts';

/** Milliseconds: the tables have no index on addresses, nor on what is inside of an answer. */
const PATIENCE_MS = 30_000;

/** An instant with its microseconds, and an id. */
type Position = readonly [at: string, id: string];

/** @throws ApiError invalid_cursor, and the errors of PostgreSQL as they are */
export async function readPage<K extends ReferenceList>(
  query: Query,
  dialect: Dialect,
  list: K,
  definition: ReferenceDefinition<K>,
  { limit, cursor, since, until, where = {} as Where<K> }: ListQuery<K>,
): Promise<Page<ItemOf<K>>> {
  const { from, only = 'TRUE', at, id } = definition;
  const { conditions, values } = filterSql(definition, storableIn(where), dialect);
  const given: unknown[] = [...values];
  const parameter = (value: unknown) => dialect.parameter(given.push(value));
  const ordered = `${id} COLLATE "C"`;
  const wanted = [only, ...conditions];
  if (since !== undefined) wanted.push(`${at} >= ${parameter(isoTime(since))}::timestamptz`);
  if (until !== undefined) wanted.push(`${at} <= ${parameter(isoTime(until))}::timestamptz`);
  if (cursor !== undefined) {
    const [instant, last] = readCursor(list, cursor, isPosition);
    wanted.push(`(${at}, ${ordered}) < (${parameter(instant)}::timestamptz, ${parameter(last)}::text)`);
  }
  const rows = await query(
    `SELECT to_char(${at} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS list_at, ${id} AS list_id,
       ${selectedBy(definition, dialect)}
     FROM ${from} WHERE ${wanted.join(' AND ')} ORDER BY ${at} DESC, ${ordered} DESC LIMIT ${parameter(limit + 1)}::int`,
    given,
    PATIENCE_MS,
  );
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    items: shown.map((row) => itemOf(definition, row, dialect)),
    nextCursor: last === undefined ? null : writeCursor(list, [last.list_at, last.list_id]),
  };
}

function isPosition(value: unknown): value is Position {
  if (!Array.isArray(value) || value.length !== 2 || !value.every((each) => typeof each === 'string')) return false;
  const [at, id] = value as unknown as Position;
  const time = /^\d{4}-.*\.\d{6}Z$/.test(at) ? Date.parse(at) : Number.NaN;
  return !Number.isNaN(time) && isoTime(time).slice(0, 23) === at.slice(0, 23) && !id.includes('\0');
}

/** A whole name is found through its index, and means only itself; a beginning is looked for in all rows. */
export async function namesBeginning(
  query: Query,
  dialect: Dialect,
  kind: NameKind,
  { beginning, end }: Shortened,
  limit: number,
): Promise<readonly string[]> {
  const named = NAMED[kind];
  if (named === undefined || `${beginning}${end}`.includes('\0')) return [];
  const { column, compared, from, indexed } = nameSql(kind, named, dialect);
  if (end === '') {
    const text = `SELECT DISTINCT ${column} AS name FROM ${from} ${indexed(column)} = ${indexed('$1::text')} LIMIT $2::int`;
    const whole = await query(text, [beginning, limit], PATIENCE_MS);
    if (whole.length > 0) return whole.map(({ name }) => String(name));
  }
  const rows = await query(
    `SELECT DISTINCT ${column} AS name, ${compared(column)} AS place FROM ${from} ${compared(column)} >= ${compared('$1::text')}
       AND ${compared(column)} < ${compared('$2::text')} AND ${compared(`right(${column}, length($3::text))`)} = ${compared('$3::text')}
     ORDER BY place LIMIT $4::int`,
    [beginning, afterPrefix(beginning), end, limit],
    PATIENCE_MS,
  );
  return rows.map(({ name }) => String(name));
}

/** Names next to a text in the order of their bytes. */
export async function namesAround(
  query: Query,
  dialect: Dialect,
  kind: NameKind,
  text: string,
  limit: number,
): Promise<readonly string[]> {
  const named = NAMED[kind];
  if (named === undefined || text.includes('\0')) return [];
  const { column, compared, from } = nameSql(kind, named, dialect);
  const side = (operator: '<' | '>=', direction: 'ASC' | 'DESC') =>
    query(
      `SELECT DISTINCT ${column} AS name, ${compared(column)} AS place FROM ${from} ${compared(column)} ${operator} ${compared('$1::text')}
       ORDER BY place ${direction} LIMIT $2::int`,
      [text, limit],
      PATIENCE_MS,
    );
  return [...(await side('<', 'DESC')), ...(await side('>=', 'ASC'))].map(({ name }) => String(name));
}

function nameSql(kind: NameKind, { table, column }: NamedColumn, { folded, table: named }: Dialect) {
  return {
    column,
    /** In the order of bytes. */
    compared: kind === 'email' ? folded : (text: string) => `${text} COLLATE "C"`,
    /** For equality, in the collation of the index. */
    indexed: kind === 'email' ? folded : (text: string) => text,
    from: `${named(table)} WHERE ${table === 'idempotency_records' ? `${CALLBACK_ANSWERS} AND` : ''}`,
  };
}

/** Names in the tables. */
import type { Dialect } from '../../dialect.ts';
import { afterPrefix, nameSql } from '../../names.ts';
import type { NameKind, Shortened } from '../../read-store.ts';
import type { Query } from '../pool.ts';

/** Names that begin and end so, in order: without an end, the whole name itself is the first. */
export async function namesBeginning(
  query: Query,
  dialect: Dialect,
  kind: NameKind,
  { beginning, end }: Shortened,
  limit: number,
): Promise<readonly string[]> {
  if (`${beginning}${end}`.includes('\0')) return [];
  return namesOf(query, nameSql(kind, dialect).beginning, [beginning, afterPrefix(beginning), end, limit]);
}

/** Names that stand next to it in order, on both sides. */
export async function namesAround(
  query: Query,
  dialect: Dialect,
  kind: NameKind,
  text: string,
  limit: number,
): Promise<readonly string[]> {
  if (text.includes('\0')) return [];
  const { before, after } = nameSql(kind, dialect);
  return [...(await namesOf(query, before, [text, limit])), ...(await namesOf(query, after, [text, limit]))];
}

async function namesOf(query: Query, sql: string, values: readonly (string | number)[]): Promise<string[]> {
  return (await query(sql, values)).map(({ name }) => String(name));
}

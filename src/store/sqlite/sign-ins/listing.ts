/** Pages of a table in the form of WorkOS, newest first by default. */
import type { DatabaseSync } from 'node:sqlite';
import { ApiError } from '../../../errors/api-error.ts';
import type { Listed, WorkosListQuery } from '../../../workos/authkit/sign-ins.ts';
import { one } from '../file/statements.ts';

interface Condition {
  readonly sql: string;
  readonly value?: string | number;
}

/** @param table has the columns `seq`, which increases, and `id` */
export function listing<Row extends { readonly id: string }>(db: DatabaseSync, table: string, columns: string) {
  const position = db.prepare(`SELECT seq FROM ${table} WHERE id = ?`);

  const seqOf = (id: string): number => {
    const row = one<{ seq: number }>(position, id);
    if (row === undefined)
      throw new ApiError('invalid_request', 'the id named by `after` or `before` is not in the list');
    return row.seq;
  };

  return ({ limit, after, before, order = 'desc' }: WorkosListQuery, filters: readonly Condition[]): Listed<Row> => {
    // `after` continues in the order of the list, and `before` in reverse; a page before an id is read in reverse.
    const backwards = before !== undefined;
    const ascending = (order === 'asc') !== backwards;
    const from = after ?? before;
    const conditions: readonly Condition[] =
      from === undefined ? filters : [...filters, { sql: `seq ${ascending ? '>' : '<'} ?`, value: seqOf(from) }];
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}`;
    const found = db
      .prepare(`SELECT ${columns} FROM ${table} ${where} ORDER BY seq ${ascending ? 'ASC' : 'DESC'} LIMIT ?`)
      .all(...conditions.flatMap(({ value }) => value ?? []), limit + 1) as unknown as Row[];
    const items = found.slice(0, limit);
    const more = found.length > limit;
    if (backwards) items.reverse();
    return {
      items,
      before: (backwards ? more : after !== undefined) ? (items[0]?.id ?? null) : null,
      after: backwards || more ? (items.at(-1)?.id ?? null) : null,
    };
  };
}

/** Names by which people ask: looked up by their beginning, each through its index. */
import type { DatabaseSync } from 'node:sqlite';
import type { FileName } from './lists.ts';

interface NameColumn {
  readonly file: FileName;
  readonly table: string;
  readonly column: string;
  readonly collation: 'BINARY' | 'NOCASE';
}

const name = (file: FileName, table: string, column: string, collation: 'BINARY' | 'NOCASE' = 'BINARY') => ({
  file,
  table,
  column,
  collation,
});

export const NAMES = {
  member_id: name('database', 'workspace_members', 'id'),
  workos_user_id: name('database', 'workspace_members', 'workos_user_id'),
  email: name('database', 'workspace_members', 'email', 'NOCASE'),
  workspace_id: name('database', 'workspaces', 'id'),
  key_id: name('database', 'api_keys', 'id'),
  public_id: name('database', 'api_keys', 'public_id'),
  idempotency_key: name('database', 'callback_records', 'idempotency_key'),
  request_id: name('attempts', 'callback_attempts', 'request_id'),
  subject: name('attempts', 'callback_attempts', 'subject'),
} as const satisfies Record<string, NameColumn>;

export type NameKind = keyof typeof NAMES;

/** A name of which the middle is left out, as tables show long ids. */
export interface Shortened {
  readonly beginning: string;
  /** Nothing where all that comes after the beginning is left out. */
  readonly end: string;
}

/** Names that begin and end so, in order: without an end, the whole name itself is the first. */
export function namesBeginning(
  db: DatabaseSync,
  kind: NameKind,
  { beginning, end }: Shortened,
  limit: number,
): string[] {
  const [sql] = nameSql(kind);
  return namesOf(db, sql, [beginning, `${beginning}\u{10ffff}`, limit, end]);
}

/** Names that stand next to it in order, on both sides. */
export function namesAround(db: DatabaseSync, kind: NameKind, text: string, limit: number): string[] {
  const [, before, after] = nameSql(kind);
  return [...namesOf(db, before, [text, limit]), ...namesOf(db, after, [text, limit])];
}

/** The queries: what begins so, what stands before, what stands after. */
export function nameSql(kind: NameKind): readonly [string, string, string] {
  const { table, column, collation } = NAMES[kind];
  const select = `SELECT DISTINCT ${column} AS name FROM ${table} WHERE ${column}`;
  const order = `ORDER BY ${column} COLLATE ${collation}`;
  return [
    `${select} >= ?1 COLLATE ${collation} AND ${column} < ?2 COLLATE ${collation}
      AND (?4 = '' OR substr(${column}, -length(?4)) = ?4 COLLATE ${collation}) ${order} LIMIT ?3`,
    `${select} < ? COLLATE ${collation} ${order} DESC LIMIT ?`,
    `${select} >= ? COLLATE ${collation} ${order} LIMIT ?`,
  ];
}

function namesOf(db: DatabaseSync, sql: string, parameters: (string | number)[]): string[] {
  return db
    .prepare(sql)
    .all(...parameters)
    .map((row) => String(row.name));
}

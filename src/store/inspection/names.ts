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

/** Names that begin so, in order: the whole name itself is the first. */
export function namesBeginning(db: DatabaseSync, kind: NameKind, beginning: string, limit: number): string[] {
  const { table, column, collation } = NAMES[kind];
  return namesOf(
    db,
    `SELECT DISTINCT ${column} AS name FROM ${table} WHERE ${column} >= ? COLLATE ${collation} AND ${column} < ? COLLATE ${collation}
     ORDER BY ${column} COLLATE ${collation} LIMIT ?`,
    [beginning, `${beginning}\u{10ffff}`, limit],
  );
}

/** Names that stand next to it in order, on both sides. */
export function namesAround(db: DatabaseSync, kind: NameKind, text: string, limit: number): string[] {
  const { table, column, collation } = NAMES[kind];
  const side = (operator: '<' | '>=', direction: 'ASC' | 'DESC') =>
    namesOf(
      db,
      `SELECT DISTINCT ${column} AS name FROM ${table} WHERE ${column} ${operator} ? COLLATE ${collation}
       ORDER BY ${column} COLLATE ${collation} ${direction} LIMIT ?`,
      [text, limit],
    );
  return [...side('<', 'DESC'), ...side('>=', 'ASC')];
}

function namesOf(db: DatabaseSync, sql: string, parameters: (string | number)[]): string[] {
  return db
    .prepare(sql)
    .all(...parameters)
    .map((row) => String(row.name));
}

/** The kinds of names that people enter, and their queries: each is looked up by its beginning, through its index. */
import type { Dialect } from './dialect.ts';
import type { NameKind, StatePart } from './read-store.ts';

interface NameColumn {
  readonly part: StatePart;
  readonly table: string;
  readonly column: string;
  /** Whether it is ordered and compared without regard to case. */
  readonly folded: boolean;
}

const name = (part: StatePart, table: string, column: string, folded = false): NameColumn => ({
  part,
  table,
  column,
  folded,
});

export const NAMES: Readonly<Record<NameKind, NameColumn>> = {
  member_id: name('database', 'workspace_members', 'id'),
  workos_user_id: name('database', 'workspace_members', 'workos_user_id'),
  email: name('database', 'workspace_members', 'email', true),
  workspace_id: name('database', 'workspaces', 'id'),
  key_id: name('database', 'api_keys', 'id'),
  public_id: name('database', 'api_keys', 'public_id'),
  idempotency_key: name('database', 'callback_records', 'idempotency_key'),
  request_id: name('attempts', 'callback_attempts', 'request_id'),
  subject: name('attempts', 'callback_attempts', 'subject'),
  event_id: name('database', 'operation_events', 'id'),
  user_id: name('users', 'users', 'id'),
  user_email: name('users', 'users', 'email', true),
};

interface NameSql {
  /** Its values: the beginning, the text after all such names (`afterPrefix`), the end, the largest number. */
  readonly beginning: string;
  /** Their values: a text, and the largest number. */
  readonly before: string;
  readonly after: string;
}

/** Each name once, in the column `name`. */
export function nameSql(kind: NameKind, dialect: Dialect): NameSql {
  const { table, column, folded } = NAMES[kind];
  const compared = (text: string) => (folded ? dialect.folded(text) : text);
  const [first, second, third, fourth] = [1, 2, 3, 4].map(dialect.parameter) as [string, string, string, string];
  // With SELECT DISTINCT, SQL can order only by selected columns.
  const select = `SELECT DISTINCT ${column} AS name, ${compared(column)} AS place FROM ${dialect.table(table)} WHERE ${compared(column)}`;
  const end = `substr(${column}, length(${column}) - length(${third}) + 1)`;
  return {
    beginning: `${select} >= ${compared(first)} AND ${compared(column)} < ${compared(second)}
      AND ${compared(end)} = ${compared(third)} ORDER BY ${compared(column)} LIMIT ${fourth}`,
    before: `${select} < ${compared(first)} ORDER BY ${compared(column)} DESC LIMIT ${second}`,
    after: `${select} >= ${compared(first)} ORDER BY ${compared(column)} LIMIT ${second}`,
  };
}

/** A text that sorts after every text with this beginning, in the order of bytes. */
export function afterPrefix(beginning: string): string {
  return `${beginning}\u{10ffff}`;
}

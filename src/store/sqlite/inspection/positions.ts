/** The place and order of each list in SQLite: each is read newest first through an index. */
import type { ListName, StatePart } from '../../read-store.ts';
import type { SchemaFamily } from '../file/migrate.ts';
import { ATTEMPTS_SCHEMA, DIRECTORY_SCHEMA, MAIN_SCHEMA } from '../schema.ts';

/** The three files of a state. */
export const FILES = {
  database: MAIN_SCHEMA,
  attempts: ATTEMPTS_SCHEMA,
  users: DIRECTORY_SCHEMA,
} as const satisfies Record<StatePart, SchemaFamily>;

interface Position {
  /** The column that orders the list: a rowid if rows are written as they happen, otherwise an id that begins with the time (a ULID). */
  readonly column: string;
  /** A position after every row. */
  readonly last: number | string;
  /** A number that increases with every row, also if the time in the row does not. */
  readonly rowid: string;
  /** Of the file, from which on it has the list; the first by default. */
  readonly version?: number;
}

const byRowid = (rowid: string): Position => ({ column: rowid, last: Number.MAX_SAFE_INTEGER, rowid });
/** A seed may write rows with other times than the time of writing. */
const byUlid = (alias: string): Position => ({ column: `${alias}.id`, last: '\u{10ffff}', rowid: `${alias}.rowid` });

export const POSITIONS: Readonly<Record<ListName, Position>> = {
  workspaces: byUlid('m'),
  members: byUlid('m'),
  keys: byUlid('k'),
  events: byUlid('e'),
  callbacks: byRowid('a.id'),
  records: byRowid('r.rowid'),
  users: byRowid('u.seq'),
  sessions: { ...byRowid('s.seq'), version: 2 },
};

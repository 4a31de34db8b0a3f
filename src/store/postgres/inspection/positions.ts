/** In which order lists are read on PostgreSQL, each newest first through an index. */
import type { ListName } from '../../read-store.ts';

export interface Position {
  /** What orders the list: a number that grows with every row, else an id that begins with the time (a ULID). */
  readonly column: string;
  /** Behind every row. */
  readonly last: number | string;
  /** Orders rows of one instant, whose ULIDs are in any order. */
  readonly seq: string;
}

const bySeq = (seq: string): Position => ({ column: seq, last: Number.MAX_SAFE_INTEGER, seq });
/** A seed may write rows of another time than its own. */
const byUlid = (alias: string): Position => ({ column: `${alias}.id`, last: '\u{10ffff}', seq: `${alias}.seq` });

/** The users of the local WorkOS, and their sessions, are in a file of the state directory. */
export type TableList = Exclude<ListName, 'users' | 'sessions'>;

export const POSITIONS: Readonly<Record<TableList, Position>> = {
  workspaces: byUlid('m'),
  members: byUlid('m'),
  keys: byUlid('k'),
  events: byUlid('e'),
  callbacks: bySeq('a.id'),
  records: bySeq('r.seq'),
};

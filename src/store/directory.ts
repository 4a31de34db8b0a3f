/** The users of the local WorkOS: a file in the state directory, shared by the server and the commands beside it. */
import type { DatabaseSync } from 'node:sqlite';
import { ApiError, Failure } from '../errors.ts';
import { openPrepared } from './database.ts';
import { asOutage } from './faults.ts';
import { openForReading } from './inspection/reading.ts';
import { DIRECTORY_SCHEMA } from './schema.ts';
import { one, transaction } from './statements.ts';

export interface DirectoryUser {
  readonly id: string;
  readonly email: string;
  readonly first_name: string | null;
  readonly last_name: string | null;
  /** ISO 8601. */
  readonly created_at: string;
  readonly updated_at: string;
}

export interface UserQuery {
  /** Compared without regard to case. */
  readonly email?: string | undefined;
  readonly limit: number;
  /** Id of the user after which, or before which, the page begins. */
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  readonly order?: 'asc' | 'desc';
}

export interface UserPage {
  readonly users: readonly DirectoryUser[];
  readonly before: string | null;
  readonly after: string | null;
}

/** Each method: @throws ApiError database_busy, storage_full, database_io, database_corrupt */
export interface UserDirectory {
  find(id: string): DirectoryUser | undefined;
  /** The oldest user with that address. */
  findByEmail(email: string): DirectoryUser | undefined;
  /** The oldest user of all. */
  first(): DirectoryUser | undefined;
  /** @throws ApiError invalid_request for a user that `after` or `before` names and nobody knows */
  list(query: UserQuery): UserPage;
  /** @throws Failure conflict when the id is taken */
  add(user: DirectoryUser): void;
  /** Gives a user another address. */
  changeEmail(id: string, email: string, updatedAt: string): void;
  /** @returns whether there was such a user */
  remove(id: string): boolean;
  close(): void;
}

const COLUMNS = 'id, email, first_name, last_name, created_at, updated_at';

/** Every write here is one small statement: another process has the lock for a moment, and that is waited for at once. */
const BUSY_TIMEOUT_MS = 250;

/** @param path a file, or `:memory:`. @throws Failure see `openDatabase`; not_found for a missing file that is only to be read */
export function openDirectory(path: string, { readOnly = false }: { readonly readOnly?: boolean } = {}): UserDirectory {
  if (readOnly) {
    const { db, close } = openForReading(path, DIRECTORY_SCHEMA);
    return { ...directoryOver(db), close };
  }
  return openPrepared(path, DIRECTORY_SCHEMA, { synchronous: 'NORMAL', busyTimeoutMs: BUSY_TIMEOUT_MS }, directoryOver);
}

function directoryOver(db: DatabaseSync): UserDirectory {
  const find = db.prepare(`SELECT ${COLUMNS} FROM users WHERE id = ?`);
  const findByEmail = db.prepare(`SELECT ${COLUMNS} FROM users WHERE email = ? COLLATE NOCASE ORDER BY seq LIMIT 1`);
  const first = db.prepare(`SELECT ${COLUMNS} FROM users ORDER BY seq LIMIT 1`);
  const position = db.prepare('SELECT seq FROM users WHERE id = ?');
  const insert = db.prepare(`INSERT INTO users (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`);
  const changeEmail = db.prepare('UPDATE users SET email = ?, updated_at = ? WHERE id = ?');
  const remove = db.prepare('DELETE FROM users WHERE id = ?');
  const user = (row: DirectoryUser | undefined) => row && { ...row };

  const seqOf = (id: string): number => {
    const row = one<{ seq: number }>(position, id);
    if (row === undefined)
      throw new ApiError('invalid_request', 'the user named by `after` or `before` is not in the list');
    return row.seq;
  };

  const list = ({ email, limit, after, before, order = 'desc' }: UserQuery): UserPage => {
    // `after` goes on in the order of the list, `before` goes back; a page that goes back is read in reverse.
    const backwards = before !== undefined;
    const ascending = (order === 'asc') !== backwards;
    const from = after ?? before;
    const conditions = [
      ...(email === undefined ? [] : [{ sql: 'email = ? COLLATE NOCASE', value: email }]),
      ...(from === undefined ? [] : [{ sql: `seq ${ascending ? '>' : '<'} ?`, value: seqOf(from) }]),
    ];
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}`;
    const found = db
      .prepare(`SELECT ${COLUMNS} FROM users ${where} ORDER BY seq ${ascending ? 'ASC' : 'DESC'} LIMIT ?`)
      .all(...conditions.map(({ value }) => value), limit + 1) as unknown as DirectoryUser[];
    const more = found.length > limit;
    const users = found.slice(0, limit).map((row) => ({ ...row }));
    if (backwards) users.reverse();
    const goesOn = backwards || more;
    const goesBack = backwards ? more : after !== undefined;
    return {
      users,
      before: goesBack ? (users[0]?.id ?? null) : null,
      after: goesOn ? (users.at(-1)?.id ?? null) : null,
    };
  };

  return {
    find: (id) => asked(() => user(one<DirectoryUser>(find, id))),
    findByEmail: (email) => asked(() => user(one<DirectoryUser>(findByEmail, email))),
    first: () => asked(() => user(one<DirectoryUser>(first))),

    list: (query) => asked(() => list(query)),

    add: (row) =>
      asked(() =>
        transaction(db, () => {
          if (one(find, row.id))
            throw new Failure('conflict', `the user ${row.id} exists already`, 'See `agent-paste users list`.');
          insert.run(row.id, row.email, row.first_name, row.last_name, row.created_at, row.updated_at);
        }),
      ),
    changeEmail: (id, email, updatedAt) => asked(() => void changeEmail.run(email, updatedAt, id)),
    remove: (id) => asked(() => remove.run(id).changes > 0),
    close: () => {
      if (db.isOpen) db.close();
    },
  };
}

/** Runs a use of the database, with SQLite's errors in our words. */
function asked<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asOutage(error);
  }
}

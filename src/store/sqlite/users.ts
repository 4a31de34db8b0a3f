/** The users of the local WorkOS: a file in the state directory, which servers and commands share. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { ApiError } from '../../errors/api-error.ts';
import { Failure } from '../../errors/failure.ts';
import type { DirectoryUser, HiddenUserFields, UserDirectory, UserPage, UserQuery } from '../../workos/users.ts';
import * as tables from '../tables.ts';
import { asOutage } from './file/errors.ts';
import { openPrepared } from './file/open.ts';
import { openForReading } from './file/reading.ts';
import { one, pragma, type Row, transaction } from './file/statements.ts';
import { USERS } from './rows.ts';
import { DIRECTORY_SCHEMA } from './schema.ts';

const NAMES = tables.columnsOf(tables.USERS);
export const USER_COLUMNS = NAMES.join(', ');

export interface UsersOptions {
  /** For commands that must not create or change anything. */
  readonly readOnly?: boolean;
  readonly waitAs?: 'command' | 'server';
}

/** A writer holds the lock briefly; sixteen of them may queue. SQLite blocks while it waits, so a server waits for a shorter time. */
const BUSY_TIMEOUT_MS = { command: 5000, server: 250 };

/** @param path a file, or `:memory:`. @throws Failure see `openDatabase`; not_found if a file that must only be read is missing */
export function openDirectory(
  path: string,
  { readOnly = false, waitAs = 'command' }: UsersOptions = {},
): UserDirectory {
  if (readOnly) {
    const { db, close } = openForReading(path, DIRECTORY_SCHEMA);
    return { ...directoryOver(db, path), close };
  }
  return openPrepared(path, DIRECTORY_SCHEMA, { synchronous: 'NORMAL', busyTimeoutMs: BUSY_TIMEOUT_MS[waitAs] }, (db) =>
    directoryOver(db, path),
  );
}

/** Prepared at the first insert: a file of the first version that is only read does not have these columns. */
export function prepareUserInsert(db: DatabaseSync): (user: DirectoryUser, hidden?: HiddenUserFields) => void {
  let statement: StatementSync | undefined;
  return (user, { passwordHash = null, signIn = null } = {}) => {
    const names = [...NAMES, 'password_hash', 'sign_in'];
    statement ??= db.prepare(`INSERT INTO users (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`);
    statement.run(...USERS.values(user), passwordHash, signIn);
  };
}

/** What a migration from the first version puts into the columns that it adds. */
const ADDED: Partial<Record<keyof DirectoryUser, string>> = {
  email_verified: '1',
  external_id: 'NULL',
  metadata: "'{}'",
  last_sign_in_at: 'NULL',
};

/** A file of the first version that is only read is not migrated; its users are read as a migration would make them. */
function selectedFrom(db: DatabaseSync): string {
  if (pragma(db, 'user_version') >= 2) return USER_COLUMNS;
  return NAMES.map((name) => (ADDED[name] === undefined ? name : `${ADDED[name]} AS ${name}`)).join(', ');
}

function directoryOver(db: DatabaseSync, path: string): UserDirectory {
  const columns = selectedFrom(db);
  const find = db.prepare(`SELECT ${columns} FROM users WHERE id = ?`);
  const findByEmail = db.prepare(`SELECT ${columns} FROM users WHERE email = ? COLLATE NOCASE ORDER BY seq LIMIT 1`);
  const first = db.prepare(`SELECT ${columns} FROM users ORDER BY seq LIMIT 1`);
  const position = db.prepare('SELECT seq FROM users WHERE id = ?');
  const sharing = db.prepare(`SELECT ${columns} FROM users WHERE email = ? COLLATE NOCASE ORDER BY seq`);
  const changeEmail = db.prepare('UPDATE users SET email = ?, updated_at = ? WHERE id = ?');
  const remove = db.prepare('DELETE FROM users WHERE id = ?');
  const user = (row: Row | undefined) => row && USERS.read(row);

  const seqOf = (id: string): number => {
    const row = one<{ seq: number }>(position, id);
    if (row === undefined)
      throw new ApiError('invalid_request', 'the user named by `after` or `before` is not in the list');
    return row.seq;
  };

  const list = ({ email, limit, after, before, order = 'desc' }: UserQuery): UserPage => {
    // `after` continues in the order of the list, and `before` in reverse; a page before an id is read in reverse.
    const backwards = before !== undefined;
    const ascending = (order === 'asc') !== backwards;
    const from = after ?? before;
    const conditions = [
      ...(email === undefined ? [] : [{ sql: 'email = ? COLLATE NOCASE', value: email }]),
      ...(from === undefined ? [] : [{ sql: `seq ${ascending ? '>' : '<'} ?`, value: seqOf(from) }]),
    ];
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}`;
    const found = db
      .prepare(`SELECT ${columns} FROM users ${where} ORDER BY seq ${ascending ? 'ASC' : 'DESC'} LIMIT ?`)
      .all(...conditions.map(({ value }) => value), limit + 1);
    const more = found.length > limit;
    const users = found.slice(0, limit).map(USERS.read);
    if (backwards) users.reverse();
    const goesOn = backwards || more;
    const goesBack = backwards ? more : after !== undefined;
    return {
      users,
      before: goesBack ? (users[0]?.id ?? null) : null,
      after: goesOn ? (users.at(-1)?.id ?? null) : null,
    };
  };

  const insert = prepareUserInsert(db);
  let byExternalId: StatementSync | undefined;
  const add = (row: DirectoryUser, hidden?: HiddenUserFields): void => {
    if (one(find, row.id))
      throw new Failure('conflict', `the user ${row.id} exists already`, 'See `agent-paste users list`.');
    byExternalId ??= db.prepare('SELECT id FROM users WHERE external_id = ?');
    const other = row.external_id === null ? undefined : one<{ id: string }>(byExternalId, row.external_id);
    if (other !== undefined)
      throw new Failure(
        'conflict',
        `the external id ${JSON.stringify(row.external_id)} belongs to the user ${other.id}`,
        'Give each user another one.',
      );
    insert(row, hidden);
  };

  /** Joins an open transaction, or runs its own. */
  const within = <T>(work: () => T): T => (db.isTransaction ? work() : transaction(db, work));

  /** Runs work on the database and turns SQLite's errors into ours. */
  const asked = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw asOutage(error, path);
    }
  };

  return {
    find: (id) => asked(() => user(one(find, id))),
    findByEmail: (email) => asked(() => user(one(findByEmail, email))),
    first: () => asked(() => user(one(first))),

    list: (query) => asked(() => list(query)),

    atomically: (work) => asked(() => within(work)),
    add: (row, hidden) => asked(() => within(() => add(row, hidden))),
    findOrAdd: (row, hidden) =>
      asked(() =>
        within(() => {
          const [oldest, ...others] = sharing.all(row.email);
          if (oldest !== undefined) return [USERS.read(oldest), ...others.map(USERS.read)] as const;
          add(row, hidden);
          return [row] as const;
        }),
      ),
    changeEmail: (id, email, updatedAt) => asked(() => void changeEmail.run(email, updatedAt, id)),
    remove: (id) => asked(() => remove.run(id).changes > 0),
    close: () => {
      if (db.isOpen) db.close();
    },
  };
}

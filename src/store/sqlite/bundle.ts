/** Makes SQLite files of a bundle, so that everything that reads a state reads it too. */
import type { DatabaseSync } from 'node:sqlite';
import { Failure } from '../../errors/failure.ts';
import { BUNDLED, type Bundle } from '../bundle.ts';
import type { ItemOf, ListName, StatePlace } from '../read-store.ts';
import { attemptsPath } from './attempt-log.ts';
import { openDatabase } from './file/open.ts';
import { transaction } from './file/statements.ts';
import { insertInto } from './inserts.ts';
import { API_KEYS, ATTEMPTS, CALLBACK_RECORDS, EVENTS, MEMBERS, WORKSPACES } from './rows.ts';
import { ATTEMPTS_SCHEMA, DIRECTORY_SCHEMA, MAIN_SCHEMA } from './schema.ts';
import { prepareUserInsert } from './users.ts';

type Insert = { readonly [K in ListName]: (item: ItemOf<K>) => void };

/** What no bundle has; nothing that reads a bundle shows it. */
const NO_SECRET = { secret_hmac: 'x'.repeat(43), pepper_kid: 1 };
const NO_ANSWER = { body_sealed: new Uint8Array(45), seal_version: 1, pepper_kid: 1 };

/** @param name of the bundle in messages. @throws Failure invalid_argument for a row that no state can have */
export function writeBundle({ database, users }: StatePlace, { items }: Bundle, name: string): void {
  const open = (path: string, family: typeof MAIN_SCHEMA) => openDatabase(path, family, { synchronous: 'NORMAL' });
  const files = [
    open(database, MAIN_SCHEMA),
    open(attemptsPath(database), ATTEMPTS_SCHEMA),
    open(users, DIRECTORY_SCHEMA),
  ];
  const [main, attempts, directory] = files as [DatabaseSync, DatabaseSync, DatabaseSync];
  try {
    const insert = insertsInto(main, attempts, directory);
    for (const list of BUNDLED) {
      const db = list === 'callbacks' ? attempts : list === 'users' || list === 'sessions' ? directory : main;
      transaction(db, () =>
        insertAll(list, items[list] as readonly never[], insert[list] as (item: never) => void, name),
      );
    }
  } finally {
    for (const db of files) db.close();
  }
}

/** Oldest first, as they were written. */
function insertAll(list: ListName, rows: readonly never[], insert: (item: never) => void, name: string): void {
  for (let index = rows.length - 1; index >= 0; index--) {
    try {
      insert(rows[index] as never);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Failure(
        'invalid_argument',
        `${name}: items.${list}[${index}]: not a row of a bundle: ${why}`,
        undefined,
        error,
      );
    }
  }
}

function insertsInto(main: DatabaseSync, attempts: DatabaseSync, directory: DatabaseSync): Insert {
  const key = insertInto(main, API_KEYS);
  const record = insertInto(main, CALLBACK_RECORDS);
  const user = prepareUserInsert(directory);
  const organization = directory.prepare(
    `INSERT OR IGNORE INTO organizations (id, name, entitlements, feature_flags, created_at, updated_at)
     VALUES (?1, ?1, '[]', '[]', ?2, ?2)`,
  );
  const session = directory.prepare(
    `INSERT INTO sessions (id, user_id, organization_id, client_id, public, method, failure, signed_in_at, expires_at,
       ended_at, updated_at) VALUES (?, ?, ?, '', 0, ?, ?, ?, ?, ?, ?)`,
  );
  const time = (iso: string) => Date.parse(iso);
  return {
    workspaces: insertInto(main, WORKSPACES) as Insert['workspaces'],
    members: insertInto(main, MEMBERS),
    keys: (item) => key({ ...item, ...NO_SECRET }),
    events: insertInto(main, EVENTS) as Insert['events'],
    records: ({ body_sha256, expires_at, ...item }) =>
      record({
        ...item,
        ...NO_ANSWER,
        body_sha256: Buffer.from(String(body_sha256), 'hex'),
        expires_at: time(String(expires_at)),
      } as Parameters<typeof record>[0]),
    callbacks: insertInto(attempts, ATTEMPTS),
    users: (item) => user({ ...item, email_verified: true, external_id: null, metadata: {}, last_sign_in_at: null }),
    sessions: (item) => {
      if (item.organization_id !== null) organization.run(item.organization_id, item.signed_in_at);
      const times = [
        time(item.signed_in_at),
        time(item.expires_at),
        item.ended_at === null ? null : time(item.ended_at),
      ];
      const { id, user_id, organization_id, method, failure, updated_at } = item;
      session.run(id, user_id, organization_id, method, failure, ...times, time(updated_at));
    },
  };
}

/** Looking at a database, and changing it, as another program would: through a connection of its own. */
import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

export type Dump = Readonly<Record<string, readonly unknown[]>>;

/** Every row of every table. */
export function dump(path: string): Dump {
  return using(path, (db) => {
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
    return Object.fromEntries(
      tables.map(({ name }) => [String(name), db.prepare(`SELECT * FROM "${name}"`).all().map(plain)]),
    );
  });
}

/** How many rows a first sign-in has made in each table. */
export function counts(path: string): Record<'workspaces' | 'members' | 'keys' | 'events' | 'records', number> {
  return using(path, (db) => {
    const count = (table: string) => Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n);
    return {
      workspaces: count('workspaces'),
      members: count('workspace_members'),
      keys: count('api_keys'),
      events: count('operation_events'),
      records: count('callback_records'),
    };
  });
}

export const ONE_SIGN_IN = { workspaces: 1, members: 1, keys: 1, events: 2, records: 1 };
export const NOTHING = { workspaces: 0, members: 0, keys: 0, events: 0, records: 0 };

export function query(path: string, sql: string): Record<string, unknown>[] {
  return using(path, (db) => db.prepare(sql).all().map(plain));
}

export function execute(path: string, sql: string, ...parameters: (string | number | Uint8Array)[]): void {
  using(path, (db) => {
    db.exec('PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000');
    if (parameters.length === 0) db.exec(sql);
    else db.prepare(sql).run(...parameters);
  });
}

export interface Observer extends Disposable {
  /** What has changed since the observer was made: rows, commits by others, bytes of the write-ahead log. */
  changes(): { readonly rows: boolean; readonly commits: boolean; readonly walBytes: number };
}

export function observe(path: string): Observer {
  const db = new DatabaseSync(path, { readOnly: true });
  const version = () => Number(db.prepare('PRAGMA data_version').get()?.data_version);
  const walBytes = () => statSync(`${path}-wal`).size;
  const before = { rows: JSON.stringify(dump(path)), version: version(), walBytes: walBytes() };
  return {
    changes: () => ({
      rows: JSON.stringify(dump(path)) !== before.rows,
      commits: version() !== before.version,
      walBytes: walBytes() - before.walBytes,
    }),
    [Symbol.dispose]: () => db.close(),
  };
}

export const UNCHANGED = { rows: false, commits: false, walBytes: 0 };

/**
 * Holds the write lock until it is disposed.
 * @param kind EXCLUSIVE keeps readers out too, where there is no write-ahead log yet
 */
export function holdWriteLock(path: string, kind: 'IMMEDIATE' | 'EXCLUSIVE' = 'IMMEDIATE'): Disposable {
  const db = new DatabaseSync(path, { timeout: 5000 });
  db.exec(`BEGIN ${kind}`);
  return {
    [Symbol.dispose]: () => {
      db.exec('ROLLBACK');
      db.close();
    },
  };
}

function using<T>(path: string, use: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(path, { timeout: 5000 });
  try {
    return use(db);
  } finally {
    db.close();
  }
}

function plain(row: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
    ]),
  );
}

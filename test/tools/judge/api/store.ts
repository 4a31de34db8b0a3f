/** Rows of a server: documents by key, in memory or in SQLite, with what they said at earlier times for late readers. */
import { DatabaseSync } from 'node:sqlite';
import type { Answered, ApiKey, Member } from './rules.ts';

/** Documents of one kind. */
interface Rows<T> {
  get(key: string): T | undefined;
  /** As a reader saw it at that time. */
  at(key: string, time: number): T | undefined;
  set(key: string, value: T): void;
  /** False when the key is taken. */
  add(key: string, value: T): boolean;
  remove(key: string): void;
}

export interface Store {
  readonly members: Rows<Member>;
  readonly records: Rows<Answered>;
  readonly keys: Rows<ApiKey>;
  readonly inFlight: Rows<true>;
}

export function memoryStore(): Store {
  const rows = <T>(): Rows<T> => {
    const versions = new Map<string, { time: number; value: T }[]>();
    const get = (key: string) => versions.get(key)?.at(-1)?.value;
    const set = (key: string, value: T) =>
      void versions.set(key, [...(versions.get(key) ?? []), { time: Date.now(), value }]);
    return {
      get,
      set,
      at: (key, time) => versions.get(key)?.findLast((version) => version.time <= time)?.value,
      add(key, value) {
        const isFree = get(key) === undefined;
        if (isFree) set(key, value);
        return isFree;
      },
      remove: (key) => void versions.delete(key),
    };
  };
  return { members: rows(), records: rows(), keys: rows(), inFlight: rows() };
}

export function sqliteStore(): Store {
  const database = new DatabaseSync(':memory:');
  const rows = <T>(table: string): Rows<T> => {
    database.exec(`CREATE TABLE ${table} (n INTEGER PRIMARY KEY, id TEXT NOT NULL, time INTEGER NOT NULL, value TEXT)`);
    database.exec(`CREATE INDEX ${table}_id ON ${table} (id, n)`);
    const select = database.prepare(`SELECT value FROM ${table} WHERE id = ? AND time <= ? ORDER BY n DESC LIMIT 1`);
    const insert = database.prepare(`INSERT INTO ${table} (id, time, value) VALUES (?, ?, ?)`);
    const drop = database.prepare(`DELETE FROM ${table} WHERE id = ?`);
    const at = (key: string, time: number): T | undefined => {
      const value = select.get(key, time)?.value;
      return typeof value === 'string' ? (JSON.parse(value) as T) : undefined;
    };
    const get = (key: string) => at(key, Number.MAX_SAFE_INTEGER);
    const set = (key: string, value: T) => void insert.run(key, Date.now(), JSON.stringify(value));
    return {
      get,
      set,
      at,
      add(key, value) {
        const isFree = get(key) === undefined;
        if (isFree) set(key, value);
        return isFree;
      },
      remove: (key) => void drop.run(key),
    };
  };
  return { members: rows('members'), records: rows('records'), keys: rows('api_keys'), inFlight: rows('in_flight') };
}

/** Small steps on an open connection. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Row as SQLite returns it. */
export type Row = Record<string, null | number | bigint | string | Uint8Array>;

export function pragma(db: DatabaseSync, name: 'application_id' | 'user_version'): number {
  return Number((db.prepare(`PRAGMA ${name}`).get() as Row)[name]);
}

/** `undefined` for no row. */
export function one<T>(
  statement: StatementSync,
  ...parameters: (null | number | string | Uint8Array)[]
): T | undefined {
  return statement.get(...parameters) as T | undefined;
}

/** @throws the errors of `work`, after rolling back, and SQLite's own errors unchanged */
export function transaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    // After a full disk or an I/O error, SQLite has already rolled back.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** Runs reads on one state of the database. */
export function snapshot<T>(db: DatabaseSync, read: () => T): T {
  db.exec('BEGIN');
  try {
    return read();
  } finally {
    if (db.isTransaction) db.exec('ROLLBACK');
  }
}

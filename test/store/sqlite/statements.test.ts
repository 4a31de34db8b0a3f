import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { one, pragma, snapshot, transaction } from '../../../src/store/sqlite/file/statements.ts';
import { temporaryDirectory } from '../../support/directory.ts';

let db: DatabaseSync;
beforeEach(() => {
  db = new DatabaseSync(':memory:');
  db.exec('CREATE TABLE words (word TEXT PRIMARY KEY) STRICT');
});
afterEach(() => db.close());

const insert = (word: string) => void db.prepare('INSERT INTO words VALUES (?)').run(word);
const words = () =>
  db
    .prepare('SELECT word FROM words ORDER BY rowid')
    .all()
    .map(({ word }) => word);
const oops = new Error('oops');
const failing = (word: string) => (): never => {
  insert(word);
  throw oops;
};
/** A work that SQLite undoes by itself before it fails, as it does when the disk is full. */
const undone = () => {
  insert('undone');
  db.exec('ROLLBACK');
  throw oops;
};
test('commits a transaction and returns its result, or rolls back and throws', () => {
  expect(transaction(db, () => insert('a') ?? 7)).toBe(7);
  expect(() => transaction(db, failing('b'))).toThrow(oops);
  expect([words(), db.isTransaction]).toEqual([['a'], false]);
});

test('does not roll back a transaction that SQLite rolled back, and throws the first error', () => {
  expect(() => transaction(db, undone)).toThrow(oops);
  expect(words()).toEqual([]);
});

test('takes the write lock before the first statement of a transaction', () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'x.db');
  const file = new DatabaseSync(path);
  const other = new DatabaseSync(path, { timeout: 0 });
  transaction(file, () => expect(() => other.exec('BEGIN IMMEDIATE')).toThrow(/locked/));
  other.exec('BEGIN IMMEDIATE');
  expect(() => transaction(file, () => expect.unreachable())).toThrow(/locked/);
  other.close();
  file.close();
});

test('returns what a snapshot read, keeps no writes, and always ends it', () => {
  expect(
    snapshot(db, () => {
      insert('a');
      expect(db.isTransaction).toBe(true);
      return words();
    }),
  ).toEqual(['a']);
  expect([words(), db.isTransaction]).toEqual([[], false]);
  expect(() => snapshot(db, failing('b'))).toThrow(oops);
  expect(() => snapshot(db, undone)).toThrow(oops);
  expect([words(), db.isTransaction]).toEqual([[], false]);
});

test('finds a row or none, and reads a number of the header', () => {
  insert('a');
  const find = db.prepare('SELECT word FROM words WHERE word = ?');
  expect(one<{ word: string }>(find, 'a')?.word).toBe('a');
  expect(one(find, 'b')).toBeUndefined();
  db.exec('PRAGMA user_version = 5; PRAGMA application_id = 6');
  expect([pragma(db, 'user_version'), pragma(db, 'application_id')]).toEqual([5, 6]);
});

import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrate, refuseNewer } from '../../src/store/migrate.ts';
import type { SchemaFamily } from '../../src/store/schema.ts';
import { pragma } from '../../src/store/statements.ts';
import { openDescriptors, SHOWS_DESCRIPTORS } from '../support/descriptors.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/directory.ts';

const FIRST = 'CREATE TABLE words (word TEXT NOT NULL) STRICT';
const family = (...steps: string[]): SchemaFamily => ({ name: 'book', applicationId: 0x41424344, steps });
const one = family(FIRST);
const two = family(FIRST, 'ALTER TABLE words ADD COLUMN page INTEGER');

let directory: TemporaryDirectory;
let file: string;
let db: DatabaseSync;
const others: DatabaseSync[] = [];
beforeEach(() => {
  directory = temporaryDirectory();
  file = join(directory.path, 'book.db');
  db = new DatabaseSync(file);
});
afterEach(() => {
  for (const each of [db, ...others.splice(0)]) if (each.isOpen) each.close();
  directory[Symbol.dispose]();
});

const backups = () => readdirSync(directory.path).filter((name) => /backup|tmp/.test(name));
const state = () => [pragma(db, 'application_id'), pragma(db, 'user_version')];

test('a new file gets every step, the id of its family and no copy', () => {
  migrate(db, file, two);
  expect(state()).toEqual([two.applicationId, 2]);
  db.prepare('INSERT INTO words (word, page) VALUES (?, ?)').run('a', 1);
  expect(backups()).toEqual([]);
});

test('a file of this version is left alone', () => {
  migrate(db, file, one);
  db.exec('PRAGMA application_id = 1');
  migrate(db, file, one);
  expect(state()).toEqual([1, 1]);
  expect(backups()).toEqual([]);
});

test('a later version gets the steps that are missing, after one copy of what was there', () => {
  migrate(db, file, one);
  db.exec("INSERT INTO words VALUES ('kept')");
  writeFileSync(`${file}.v1.backup.tmp`, 'left by a process that was killed');
  migrate(db, file, two);
  expect(state()).toEqual([two.applicationId, 2]);
  expect(backups()).toEqual(['book.db.v1.backup']);
  const copy = new DatabaseSync(`${file}.v1.backup`, { readOnly: true });
  others.push(copy);
  expect(copy.prepare('SELECT * FROM words').all()).toEqual([expect.objectContaining({ word: 'kept' })]);
  expect(pragma(copy, 'user_version')).toBe(1);
});

test.each([refuseNewer, migrate])('a file of a later program is refused, and not touched', (step) => {
  migrate(db, file, two);
  expect(() => step(db, file, one)).toThrow(
    expect.objectContaining({
      code: 'state_newer',
      message: expect.stringContaining(file),
      hint: expect.stringMatching(/\S/),
    }),
  );
  expect(db.isTransaction).toBe(false);
  expect(state()).toEqual([two.applicationId, 2]);
});

test('of two processes the second finds the work done, and makes no copy of the new version', () => {
  migrate(db, file, one);
  const other = new DatabaseSync(file);
  others.push(other);
  let begun = false;
  // SQLite asks before it begins the transaction: that is when the other process is faster.
  db.setAuthorizer((action, name) => {
    if (action === constants.SQLITE_TRANSACTION && name === 'BEGIN' && !begun) {
      begun = true;
      migrate(other, file, two);
    }
    return constants.SQLITE_OK;
  });
  migrate(db, file, two);
  expect(begun).toBe(true);
  expect(state()).toEqual([two.applicationId, 2]);
  expect(backups()).toEqual(['book.db.v1.backup']);
});

test.skipIf(!SHOWS_DESCRIPTORS)('a copy leaves no file open', () => {
  migrate(db, file, one);
  const before = openDescriptors();
  migrate(db, file, two);
  expect(openDescriptors()).toBe(before);
});

import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SchemaFamily } from '../../../src/store/sqlite/file/migrate.ts';
import { migrate, refuseNewer } from '../../../src/store/sqlite/file/migrate.ts';
import { pragma } from '../../../src/store/sqlite/file/statements.ts';
import { openDescriptors, SHOWS_DESCRIPTORS } from '../../support/descriptors.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/directory.ts';

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

test('runs every step on a new file, sets its application id, and makes no copy', () => {
  migrate(db, file, two);
  expect(state()).toEqual([two.applicationId, 2]);
  db.prepare('INSERT INTO words (word, page) VALUES (?, ?)').run('a', 1);
  expect(backups()).toEqual([]);
});

test('leaves a file of this version unchanged', () => {
  migrate(db, file, one);
  db.exec('PRAGMA application_id = 1');
  migrate(db, file, one);
  expect(state()).toEqual([1, 1]);
  expect(backups()).toEqual([]);
});

test('runs the missing steps, after one copy of the earlier version', () => {
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

test.each([refuseNewer, migrate])('rejects a file of a later program, and leaves it unchanged', (step) => {
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

test('migrates once for two processes, and makes no copy of the new version', () => {
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

test.skipIf(!SHOWS_DESCRIPTORS)('leaves no file open after a copy', () => {
  migrate(db, file, one);
  const before = openDescriptors(directory.path);
  migrate(db, file, two);
  expect(openDescriptors(directory.path)).toEqual(before);
});

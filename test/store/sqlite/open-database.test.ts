import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Failure } from '../../../src/errors/failure.ts';
import { SQLITE_FLOOR } from '../../../src/machine/oldest-runtime.ts';
import { type OpenOptions, openDatabase, openPrepared, refuseOldSqlite } from '../../../src/store/sqlite/file/open.ts';
import { MAIN_SCHEMA } from '../../../src/store/sqlite/schema.ts';
import { execute, holdWriteLock } from '../../support/database.ts';
import { openDescriptors, SHOWS_DESCRIPTORS } from '../../support/descriptors.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/directory.ts';
import { lockElsewhere } from '../../support/lock-holder.ts';

let directory: TemporaryDirectory;
let path: string;
const opened: DatabaseSync[] = [];
beforeEach(() => {
  directory = temporaryDirectory();
  path = join(directory.path, 'agent-paste.db');
});
afterEach(() => {
  for (const each of opened.splice(0)) if (each.isOpen) each.close();
  directory[Symbol.dispose]();
});

function open(options: Partial<OpenOptions> = {}, at = path): DatabaseSync {
  const db = openDatabase(at, MAIN_SCHEMA, { synchronous: 'FULL', ...options });
  opened.push(db);
  return db;
}

function failureOf(options: Partial<OpenOptions> = {}): Failure {
  try {
    open(options);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.message).toContain(path);
    expect(error.message).toMatch(/\w$/);
    expect(error.hint).toMatch(/\S/);
    return error;
  }
  throw new Error('it was accepted');
}

const pragma = (db: DatabaseSync, name: string) => Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
const settings = (db: DatabaseSync, ...names: string[]) => names.map((name) => pragma(db, name));

describe('an open database', () => {
  test('uses a write-ahead log, full sync and foreign keys, and overwrites deleted data', () => {
    expect(settings(open(), 'journal_mode', 'synchronous', 'foreign_keys', 'secure_delete')).toEqual(['wal', 2, 1, 1]);
    expect(settings(open({ synchronous: 'NORMAL' }), 'synchronous', 'query_only')).toEqual([1, 0]);
  });

  test.each([false, true])(
    'distrusts the schema, checks cells and has the given busy timeout (read-only: %s)',
    (readOnly) => {
      open();
      const db = open({ readOnly });
      expect(settings(db, 'trusted_schema', 'cell_size_check', 'busy_timeout')).toEqual([0, 1, 20]);
      expect(settings(open({ readOnly, busyTimeoutMs: 7 }), 'busy_timeout')).toEqual([7]);
    },
  );

  test('for reading cannot write, not even to temporary tables', () => {
    open();
    const db = open({ readOnly: true });
    expect(settings(db, 'query_only')).toEqual([1]);
    expect(() => db.exec('CREATE TABLE t (a)')).toThrow(/readonly/);
  });

  test.each<[what: string, use: (db: DatabaseSync) => unknown, refusal: RegExp]>([
    [
      'a change of its schema',
      (db) => db.exec('PRAGMA writable_schema = ON; DELETE FROM sqlite_schema'),
      /may not be modified/,
    ],
    ['a name that may be a text', (db) => db.prepare('SELECT "nothing"'), /no such column/],
    ['an extension', (db) => db.enableLoadExtension(true), /extension/],
    ['another database', (db) => db.exec("ATTACH ':memory:' AS other"), /too many attached/],
    ['a value of more than a million bytes', (db) => db.prepare('SELECT zeroblob(1000001)').get(), /too big/],
    ['a statement of more than 100,000 bytes', (db) => db.exec(`SELECT 1 -- ${'x'.repeat(100_000)}`), /too big/],
  ])('refuses %s', (_, use, refusal) => {
    expect(() => use(open())).toThrow(refusal);
  });
});

test('returns the result of its first use, and closes the file if that fails', () => {
  expect(
    openPrepared(path, MAIN_SCHEMA, { synchronous: 'FULL' }, (db) => {
      opened.push(db);
      return [db.isOpen];
    }),
  ).toEqual([true]);
  let seen: DatabaseSync | undefined;
  const oops = new Error('oops');
  const opening = () =>
    openPrepared(path, MAIN_SCHEMA, { synchronous: 'FULL' }, (db) => {
      seen = db;
      throw oops;
    });
  expect(opening).toThrow(oops);
  expect(seen?.isOpen).toBe(false);
});

test.skipIf(!SHOWS_DESCRIPTORS)('does not hold a rejected file open', () => {
  open().close();
  execute(path, 'PRAGMA user_version = 99');
  const before = openDescriptors(directory.path);
  expect(failureOf().code).toBe('state_newer');
  expect(openDescriptors(directory.path)).toEqual(before);
});

test('leaves a file of a later program unchanged, its journal mode included', () => {
  open().close();
  execute(path, 'PRAGMA journal_mode = DELETE');
  execute(path, 'PRAGMA user_version = 99');
  const before = readFileSync(path);
  expect(failureOf().code).toBe('state_newer');
  expect(readFileSync(path).equals(before)).toBe(true);
});

test('creates no file for a database in memory', () => {
  rmSync(':memory:', { force: true }); // a run that failed may have left one
  expect(settings(open({}, ':memory:'), 'user_version', 'foreign_keys')).toEqual([MAIN_SCHEMA.steps.length, 1]);
  expect(existsSync(':memory:')).toBe(false);
});

test('rejects a Node whose SQLite can damage a shared database, and names the required version', () => {
  expect(refuseOldSqlite(SQLITE_FLOOR)).toBeUndefined();
  expect(() => refuseOldSqlite('3.51.2')).toThrow(
    expect.objectContaining({
      code: 'unsupported_runtime',
      message: expect.stringMatching(/3\.51\.2.*3\.51\.3/),
      hint: expect.stringMatching(/\S/),
    }),
  );
});

describe('a database that another program marked in its log only', () => {
  test.each([
    ['tables', 'CREATE TABLE notes (text)'],
    ['a version', 'PRAGMA user_version = 3'],
    ['an application id', 'PRAGMA application_id = 7'],
  ])('is rejected for its %s', (_, sql) => {
    const other = new DatabaseSync(path);
    opened.push(other);
    other.exec('PRAGMA journal_mode = WAL');
    other.exec(sql);
    expect(failureOf().code).toBe('state_corrupt');
    expect(failureOf({ readOnly: true }).code).toBe('state_corrupt');
  });
});

test('waits for the lock of another process', async () => {
  open().close();
  writeFileSync(path, '');
  execute(path, 'PRAGMA application_id = 0');
  await using _ = await lockElsewhere(path, 150, 'EXCLUSIVE');
  expect(pragma(open(), 'user_version')).toBe(MAIN_SCHEMA.steps.length);
});

test('fails for a held lock after the timeout, not before', () => {
  execute(path, 'PRAGMA application_id = 0');
  using _ = holdWriteLock(path, 'EXCLUSIVE');
  let looks = 0;
  // Each look at the clock is 2.5 seconds later: at the first failure, at 2.5 seconds, at 5, and at 7.5.
  vi.spyOn(performance, 'now').mockImplementation(() => 2500 * looks++);
  expect(() => openDatabase(path, MAIN_SCHEMA, { synchronous: 'FULL' })).toThrow(
    expect.objectContaining({ code: 'state_locked', hint: expect.stringMatching(/\S/) }),
  );
  expect(looks).toBe(4);
});

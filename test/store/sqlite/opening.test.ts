import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../../src/errors/failure.ts';
import { openDatabase } from '../../../src/store/sqlite/file/open.ts';
import { MAIN_SCHEMA } from '../../../src/store/sqlite/schema.ts';
import { execute } from '../../support/database.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { callbackOf, openStore } from '../../support/store.ts';

let directory: string;
let path: string;

beforeEach(() => {
  const temporary = temporaryDirectory();
  directory = temporary.path;
  path = join(directory, 'agent-paste.db');
  return () => temporary[Symbol.dispose]();
});

/** A database of ours with so many members. */
async function made(members = 1): Promise<void> {
  await using opened = openStore(directory);
  for (let index = 0; index < members; index++)
    await opened.store.resolveMember(callbackOf({ subject: `user_${index}`, idempotencyKey: `workos-jti:${index}` }));
}

const checksum = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

function open(options: { readonly readOnly?: boolean } = {}): void {
  openDatabase(path, MAIN_SCHEMA, { synchronous: 'FULL', ...options }).close();
}

function failureOf(work: () => unknown): Failure {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

/** Refused with that code, naming the file, and the bytes stay as they are. */
function refused(code: Failure['code'], message: RegExp, options: { readonly readOnly?: boolean } = {}): void {
  const before = checksum(path);
  const failure = failureOf(() => open(options));
  expect(failure.code).toBe(code);
  expect(failure.message).toContain(path);
  expect(failure.message).toMatch(message);
  expect(failure.hint).toMatch(/\S/);
  expect(checksum(path)).toBe(before);
}

describe('the place of a database', () => {
  test('creates a missing directory and the file for their owner only', () => {
    path = join(directory, 'a', 'b', 'x.db');
    open();
    expect(statSync(join(directory, 'a')).mode & 0o777).toBe(0o700);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('rejects a directory in place of the file', () => {
    mkdirSync(path);
    const failure = failureOf(open);
    expect([failure.code, failure.message]).toEqual(['state_unwritable', `${path} is not a file`]);
  });

  test('rejects a file in place of a directory', () => {
    writeFileSync(join(directory, 'a'), '');
    path = join(directory, 'a', 'x.db');
    expect(failureOf(open).code).toBe('state_unwritable');
  });

  test('follows a symbolic link to the only name of the file', async () => {
    await made();
    const link = join(directory, 'link.db');
    symlinkSync(path, link);
    const db = openDatabase(link, MAIN_SCHEMA, { synchronous: 'FULL' });
    expect(db.location()).toBe(realpathSync(path));
    db.close();
  });

  test('rejects a dangling symbolic link, and creates nothing', () => {
    symlinkSync(join(directory, 'nowhere.db'), path);
    expect(failureOf(open).code).toBe('state_unwritable');
    expect(existsSync(join(directory, 'nowhere.db'))).toBe(false);
  });

  test('rejects a file with a second name (hard link)', async () => {
    await made();
    linkSync(path, join(directory, 'other.db'));
    refused('state_unsafe', /2 names/);
  });

  test('tightens a mode wider than the owner, on the log and its index too', async () => {
    await using opened = openStore(directory);
    await opened.store.resolveMember(callbackOf());
    const files = [path, `${path}-wal`, `${path}-shm`];
    for (const file of files) chmodSync(file, 0o644);
    open();
    for (const file of files) expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('needs an existing file for reading, and creates none', () => {
    expect(failureOf(() => open({ readOnly: true })).code).toBe('not_found');
    writeFileSync(path, '');
    expect(failureOf(() => open({ readOnly: true })).code).toBe('not_found');
    expect(readdirSync(directory)).toEqual(['agent-paste.db']);
  });
});

describe('the owner of a database', () => {
  test('rejects a file that is not a database, and leaves it unchanged', () => {
    for (const text of ['<!doctype html><title>502</title>'.repeat(200), 'short', 'SQLite format 3\0']) {
      writeFileSync(path, text);
      refused('state_corrupt', /not a SQLite database/);
    }
  });

  test.each([
    ['an application id', 'PRAGMA application_id = 1234'],
    ['tables', 'CREATE TABLE notes (text)'],
    ['a version', 'PRAGMA user_version = 3'],
    ['tables and a log', 'PRAGMA journal_mode = WAL; CREATE TABLE notes (text)'],
  ])('a database of another program, told by %s, is refused unmodified', (_, sql) => {
    execute(path, sql);
    chmodSync(path, 0o644);
    refused('state_corrupt', /belongs to another program/);
    expect(statSync(path).mode & 0o777).toBe(0o644);
    expect(readdirSync(directory)).toEqual(['agent-paste.db']);
  });

  test('rejects a database of another part of this program', () => {
    execute(path, `PRAGMA application_id = ${0x41505531}; CREATE TABLE users (id)`);
    refused('state_corrupt', /belongs to another program/);
  });

  test('rejects a file of a later version for writing, and opens it for reading', async () => {
    await made();
    execute(path, 'PRAGMA user_version = 99');
    refused('state_newer', /has version 99/);
    openDatabase(path, MAIN_SCHEMA, { synchronous: 'FULL', readOnly: true }).close();
  });

  test('treats an empty file as new, and as a lost database beside a log', () => {
    writeFileSync(path, '');
    open();
    writeFileSync(path, '');
    writeFileSync(`${path}-wal`, 'frames');
    refused('state_corrupt', /is empty but/);
    expect(readFileSync(`${path}-wal`, 'utf8')).toBe('frames');
  });
});

describe('damage in a database', () => {
  test('rejects 8 KB of damage', async () => {
    await made(50);
    const bytes = readFileSync(path);
    bytes.fill(0x5a, 8192, 16_384);
    writeFileSync(path, bytes);
    refused('state_corrupt', /damaged|malformed/);
  });

  test('rejects a truncated file', async () => {
    await made(50);
    truncateSync(path, Math.floor(statSync(path).size / 2));
    refused('state_corrupt', /damaged|malformed/);
  });

  test('rejects a file that lost a table', async () => {
    await made();
    execute(path, 'DROP TABLE callback_records');
    const failure = failureOf(() => openStore(directory));
    expect([failure.code, failure.message]).toEqual([
      'state_corrupt',
      `cannot use the database ${path}: no such table: callback_records`,
    ]);
  });
});

describe('migrating a database', () => {
  const later = { ...MAIN_SCHEMA, steps: [...MAIN_SCHEMA.steps, 'ALTER TABLE workspaces ADD COLUMN colour TEXT'] };
  const versionOf = (file: string) => {
    const db = new DatabaseSync(file, { readOnly: true });
    try {
      return db.prepare('PRAGMA user_version').get()?.user_version;
    } finally {
      db.close();
    }
  };

  test('keeps a copy of the earlier version for its owner only', async () => {
    await made(3);
    openDatabase(path, later, { synchronous: 'FULL' }).close();
    expect(versionOf(path)).toBe(2);
    const copy = `${path}.v1.backup`;
    expect(versionOf(copy)).toBe(1);
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    copyFileSync(copy, path);
    open();
    const db = new DatabaseSync(path, { readOnly: true });
    expect(db.prepare('SELECT count(*) AS n FROM workspace_members').get()?.n).toBe(3);
    db.close();
  });

  test('leaves the earlier version when a step fails', async () => {
    await made(3);
    const broken = { ...later, steps: [...later.steps, 'INSERT INTO nowhere VALUES (1)'] };
    expect(() => openDatabase(path, broken, { synchronous: 'FULL' })).toThrow(Failure);
    expect(versionOf(path)).toBe(1);
    open();
  });
});

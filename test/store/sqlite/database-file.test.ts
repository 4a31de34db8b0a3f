import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ApiError } from '../../../src/errors/api-error.ts';
import { Failure } from '../../../src/errors/failure.ts';
import { isMade, preparedFile, watchFile } from '../../../src/store/sqlite/file/path.ts';
import { ATTEMPTS_SCHEMA, MAIN_SCHEMA } from '../../../src/store/sqlite/schema.ts';
import { openDescriptors, SHOWS_DESCRIPTORS } from '../../support/descriptors.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/directory.ts';
import { openStore } from '../../support/store.ts';

let directory: TemporaryDirectory;
let path: string;
beforeEach(() => {
  directory = temporaryDirectory();
  path = join(directory.path, 'agent-paste.db');
});
afterEach(() => directory[Symbol.dispose]());

function failureOf(readOnly = false, at = path): Failure {
  try {
    preparedFile(at, MAIN_SCHEMA, readOnly);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.message).toContain(at);
    expect(error.hint).toMatch(/\S/);
    return error;
  }
  throw new Error('it was accepted');
}

const made = () => openStore(directory.path).store.close();

/** A database that another connection has open, with what it says still in the log. */
function inTheLog(sql: string): Disposable {
  const db = new DatabaseSync(path);
  db.exec(`PRAGMA journal_mode = WAL; ${sql}`);
  return { [Symbol.dispose]: () => db.close() };
}

describe('a database counts as made', () => {
  test('once written, and of that family', async () => {
    await made();
    expect(isMade(path, MAIN_SCHEMA)).toBe(true);
    expect(isMade(path, ATTEMPTS_SCHEMA)).toBe(false);
  });

  test('when its first rows are still in the write-ahead log', () => {
    using _ = inTheLog('CREATE TABLE words (word)');
    expect(isMade(path, MAIN_SCHEMA)).toBe(true);
  });

  test('not when it is missing, empty, something else, or new with an empty log', () => {
    expect(isMade(path, MAIN_SCHEMA)).toBe(false);
    writeFileSync(path, '');
    expect(isMade(path, MAIN_SCHEMA)).toBe(false);
    writeFileSync(path, 'x'.repeat(200));
    writeFileSync(`${path}-wal`, 'x');
    expect(isMade(path, MAIN_SCHEMA)).toBe(false);
    rmSync(path);
    rmSync(`${path}-wal`);
    new DatabaseSync(path).exec('PRAGMA journal_mode = WAL');
    expect(isMade(path, MAIN_SCHEMA)).toBe(false);
  });
});

describe('a file', () => {
  test('is created when missing, except for reading', () => {
    expect(failureOf(true).code).toBe('not_found');
    expect(existsSync(path)).toBe(false);
    expect(preparedFile(path, MAIN_SCHEMA, false)).toContain('agent-paste.db');
    expect(statSync(path)).toMatchObject({ size: 0 });
    expect(failureOf(true).code).toBe('not_found');
  });

  test('that is not a regular file is rejected', () => {
    mkdirSync(path);
    expect(failureOf().code).toBe('state_unwritable');
  });

  test('missing beside its log is rejected, but not beside an empty log', () => {
    writeFileSync(path, '');
    writeFileSync(`${path}-wal`, '');
    expect(preparedFile(path, MAIN_SCHEMA, false)).toContain('agent-paste.db');
    writeFileSync(`${path}-wal`, 'x');
    expect(failureOf().code).toBe('state_corrupt');
    expect(failureOf(true).code).toBe('state_corrupt');
  });

  const header = (change: (bytes: Buffer) => void, size = 100) => {
    const bytes = Buffer.alloc(size);
    bytes.write('SQLite format 3\0', 'latin1');
    change(bytes);
    writeFileSync(path, bytes, { mode: 0o600 });
  };

  test.each<[what: string, change: (bytes: Buffer) => void]>([
    ['is new', () => undefined],
    ['is ours', (bytes) => bytes.writeUInt32BE(MAIN_SCHEMA.applicationId, 68)],
    [
      'is ours, with tables and a version',
      (bytes) => {
        bytes.writeUInt32BE(MAIN_SCHEMA.applicationId, 68);
        bytes.writeUInt32BE(7, 40);
        bytes.writeUInt32BE(1, 60);
      },
    ],
  ])('whose header %s is passed on', (_, change) => {
    header(change);
    expect(preparedFile(path, MAIN_SCHEMA, true)).toContain('agent-paste.db');
  });

  test.each<[what: string, change: (bytes: Buffer) => void, size?: number]>([
    ['has another application id', (bytes) => bytes.writeUInt32BE(1, 68)],
    ['has tables', (bytes) => bytes.writeUInt32BE(1, 40)],
    ['has a version', (bytes) => bytes.writeUInt32BE(1, 60)],
    ['begins otherwise', (bytes) => bytes.write('SQLite format 2')],
    ['is short', () => undefined, 99],
  ])('whose header %s is rejected, and keeps its mode', (_, change, size) => {
    header(change, size);
    chmodSync(path, 0o644);
    expect(failureOf().code).toBe('state_corrupt');
    expect(statSync(path).mode & 0o777).toBe(0o644);
  });

  test('gets its mode tightened for writing, but not for reading', async () => {
    await made();
    chmodSync(path, 0o644);
    preparedFile(path, MAIN_SCHEMA, true);
    expect(statSync(path).mode & 0o777).toBe(0o644);
    preparedFile(path, MAIN_SCHEMA, false);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test.skipIf(!SHOWS_DESCRIPTORS)('is not held open after a look at it', async () => {
    await made();
    const before = openDescriptors(directory.path);
    preparedFile(path, MAIN_SCHEMA, false);
    isMade(path, MAIN_SCHEMA);
    expect(openDescriptors(directory.path)).toEqual(before);
  });
});

describe('a watched file', () => {
  function refusalOf(watch: () => void): ApiError | undefined {
    try {
      watch();
      return undefined;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      expect(error.reason).toBe('database_replaced');
      expect(error.detail.expected).toMatch(/\S/);
      return error;
    }
  }

  test('may change, must not be replaced or removed, and may come back', () => {
    writeFileSync(path, 'a');
    let told = 0;
    const watch = watchFile(path, () => told++);
    writeFileSync(path, 'b');
    expect(refusalOf(watch)).toBeUndefined();
    renameSync(path, `${path}.moved`);
    expect(refusalOf(watch)?.detail.received).toBe('no file');
    writeFileSync(path, 'b');
    expect(refusalOf(watch)?.detail.received).toBe('another file');
    renameSync(`${path}.moved`, path);
    expect(refusalOf(watch)).toBeUndefined();
    expect(told).toBe(2);
  });

  test('does not exist for a database in memory', () => {
    expect(watchFile(null, expect.unreachable)()).toBeUndefined();
  });
});

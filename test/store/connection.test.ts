import { join } from 'node:path';
import { constants, DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ApiError } from '../../src/errors.ts';
import { connect, LOCK_BUDGET_MS } from '../../src/store/connection.ts';
import { holdWriteLock } from '../support/database.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/directory.ts';

let directory: TemporaryDirectory;
let path: string;
let db: DatabaseSync;
let replaced: Error | undefined;
beforeEach(() => {
  directory = temporaryDirectory();
  path = join(directory.path, 'words.db');
  db = new DatabaseSync(path, { timeout: 0 });
  db.exec('PRAGMA journal_mode = WAL; CREATE TABLE words (word TEXT PRIMARY KEY) STRICT');
  replaced = undefined;
});
afterEach(() => {
  vi.useRealTimers();
  if (db.isOpen) db.close();
  directory[Symbol.dispose]();
});

const connection = () =>
  connect(db, () => {
    if (replaced) throw replaced;
  });
const insert = (word: string) => () => {
  db.prepare('INSERT INTO words VALUES (?)').run(word);
  return word;
};
const words = () =>
  db
    .prepare('SELECT word FROM words ORDER BY rowid')
    .all()
    .map(({ word }) => word);
const turns = async (count = 50) => {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
};

/** A refusal for a lock that did not come free: 503, to be tried again. */
async function busy(answer: Promise<unknown>): Promise<ApiError> {
  const error = await answer.then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ reason: 'database_busy', status: 503, detail: { retryAfter: 1 } });
  expect(error.detail.expected).toMatch(/\S/);
  expect(error.detail.received).toMatch(/\S/);
  return error;
}

test('what is read or written is returned, and what throws is thrown, with nothing left of it', async () => {
  const { read, write } = connection();
  expect(await write(insert('a'))).toBe('a');
  expect(await read(() => words())).toEqual(['a']);
  const oops = new Error('oops');
  const throwing = () => {
    throw oops;
  };
  await expect(read(throwing)).rejects.toBe(oops);
  const half = () => {
    insert('half')();
    throw oops;
  };
  await expect(write(half)).rejects.toBe(oops);
  expect(words()).toEqual(['a']);
  expect(db.isTransaction).toBe(false);
});

test('an outage is a 503 with its reason, for a reader, a writer and a writer of a group', async () => {
  const { read, write } = connection();
  const full = Object.assign(new Error('database or disk is full'), { errcode: 13 });
  const failing = () => {
    throw full;
  };
  for (const answer of [read(failing), write(failing), ...[1, 2].map(() => write(failing))])
    await expect(answer).rejects.toMatchObject({ reason: 'storage_full', cause: full });
});

test('a hundred writers who come at once share a few commits, and each gets its own answer', async () => {
  const { write } = connection();
  let commits = 0;
  db.setAuthorizer((action, name) => {
    if (action === constants.SQLITE_TRANSACTION && name === 'COMMIT') commits++;
    return constants.SQLITE_OK;
  });
  const names = Array.from({ length: 100 }, (_, index) => `w${index}`);
  expect(await Promise.all(names.map((name) => write(insert(name))))).toEqual(names);
  expect(words()).toEqual(names);
  expect(commits).toBeGreaterThan(0);
  expect(commits).toBeLessThan(10);
});

test('after an outage in a group each of it tries alone, and whoever comes next shares a commit again', async () => {
  const { write } = connection();
  let outages = 0;
  const failing = () => {
    outages++;
    throw Object.assign(new Error('disk I/O error'), { errcode: 10 });
  };
  const results = await Promise.allSettled([
    write(insert('a')),
    write(insert('b')),
    write(failing),
    write(insert('c')),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  expect(outages).toBe(2);
  expect(words()).toEqual(['a', 'b', 'c']);
  const more = await Promise.all(['d', 'e', 'f'].map((word) => write(insert(word))));
  expect(more).toEqual(['d', 'e', 'f']);
});

test('a writer waits for the lock of another process without blocking, and then writes', async () => {
  const { read, write } = connection();
  const lock = holdWriteLock(path);
  let settled = false;
  const waiting = write(insert('a')).finally(() => {
    settled = true;
  });
  await turns();
  expect(settled).toBe(false);
  expect(await read(() => words())).toEqual([]); // a reader needs no lock
  lock[Symbol.dispose]();
  expect(await waiting).toBe('a');
  expect(words()).toEqual(['a']);
});

test('a reader waits as well, where it has to', async () => {
  db.exec('PRAGMA journal_mode = DELETE');
  const { read } = connection();
  const lock = holdWriteLock(path, 'EXCLUSIVE');
  let settled = false;
  const waiting = read(() => words()).finally(() => {
    settled = true;
  });
  await turns();
  expect(settled).toBe(false);
  lock[Symbol.dispose]();
  expect(await waiting).toEqual([]);
});

/** Until the lock was asked for once more after the next time: what the clock says is judged in between. */
async function askedAgain(): Promise<void> {
  let asked = 0;
  db.setAuthorizer(() => {
    asked++;
    return constants.SQLITE_OK;
  });
  while (asked < 2) await new Promise(setImmediate);
}

/** The clock of this process jumps; nothing else of time does. */
const pass = (milliseconds: number) => vi.advanceTimersByTime(milliseconds);

test('who has waited for the whole budget is refused, and nothing is written; whoever came later waits on', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const { write } = connection();
  const lock = holdWriteLock(path);
  const first = busy(write(insert('first')));
  const second = busy(write(insert('second')));
  await askedAgain();
  pass(LOCK_BUDGET_MS);
  const third = write(insert('third'));
  const settled: string[] = [];
  void first.then(() => settled.push('first'));
  await askedAgain();
  expect(settled).toEqual([]);
  pass(1);
  const { cause, detail } = await first;
  expect(cause).toMatchObject({ errcode: 5 });
  expect(detail.expected).toContain('5 s');
  await second;
  lock[Symbol.dispose]();
  expect(await third).toBe('third');
  expect(words()).toEqual(['third']);
});

test('when all who waited have been refused, whoever comes next is written', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const { write } = connection();
  const lock = holdWriteLock(path);
  const waiting = ['a', 'b'].map((word) => busy(write(insert(word))));
  await askedAgain();
  pass(LOCK_BUDGET_MS + 1);
  await Promise.all(waiting);
  lock[Symbol.dispose]();
  expect(await write(insert('c'))).toBe('c');
  expect(words()).toEqual(['c']);
});

test('a reader who has waited for the whole budget is refused', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  db.exec('PRAGMA journal_mode = DELETE');
  const { read } = connection();
  using _ = holdWriteLock(path, 'EXCLUSIVE');
  let settled = false;
  const waiting = busy(read(() => words())).finally(() => {
    settled = true;
  });
  await askedAgain();
  pass(LOCK_BUDGET_MS);
  await askedAgain();
  expect(settled).toBe(false);
  pass(1);
  expect((await waiting).cause).toMatchObject({ errcode: 5 });
});

test('nothing is written into a file that is no longer the one that was opened', async () => {
  const { write } = connection();
  replaced = new Error('replaced');
  const results = await Promise.allSettled([write(insert('a')), write(insert('b')), write(insert('c'))]);
  expect(results).toMatchObject(results.map(() => ({ status: 'rejected', reason: replaced })));
  replaced = undefined;
  expect(await write(insert('d'))).toBe('d');
  expect(words()).toEqual(['d']);
});

test('closing refuses whoever waits, and whoever comes afterwards; closing again is nothing', async () => {
  const { read, write, close } = connection();
  using _ = holdWriteLock(path);
  const waiting = ['a', 'b'].map((word) => busy(write(insert(word))));
  await turns(1);
  close();
  close();
  await Promise.all(waiting);
  await busy(write(insert('c')));
  await busy(read(() => words()));
  expect(db.isOpen).toBe(false);
});

test('a checkpoint empties the log, unless a reader is in the way', async () => {
  const { write, checkpoint } = connection();
  await write(insert('a'));
  const reader = new DatabaseSync(path, { readOnly: true });
  reader.exec('BEGIN');
  reader.prepare('SELECT * FROM words').all();
  await write(insert('b'));
  expect(checkpoint()).toBe(false);
  reader.close();
  expect(checkpoint()).toBe(true);
});

test('closing moves the log into the database, also while somebody else has it open', async () => {
  const { write, close } = connection();
  await write(insert('a'));
  using other = { db: new DatabaseSync(path), [Symbol.dispose]: () => other.db.close() };
  other.db.prepare('SELECT * FROM words').all();
  close();
  expect(other.db.prepare('PRAGMA wal_checkpoint').get()).toMatchObject({ log: 0 });
});

test('whatever else goes wrong while closing is said, and the database is closed all the same', () => {
  const { close } = connection();
  db.setAuthorizer(() => 1); // SQLite refuses every statement
  expect(close).toThrow(/authorized/);
  expect(db.isOpen).toBe(false);
});

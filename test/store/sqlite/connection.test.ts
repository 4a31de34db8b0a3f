import { constants, DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { holdWriteLock } from '../../support/database.ts';
import { busy, openWords, turns, type Words } from './words.ts';

let it: Words;
beforeEach(() => {
  it = openWords();
});
afterEach(() => {
  it[Symbol.dispose]();
});

test('returns results, and throws errors without leaving rows', async () => {
  const { read, write } = it;
  expect(await write(it.insert('a'))).toBe('a');
  expect(await read(() => it.words())).toEqual(['a']);
  const oops = new Error('oops');
  const throwing = () => {
    throw oops;
  };
  await expect(read(throwing)).rejects.toBe(oops);
  const half = () => {
    it.insert('half')();
    throw oops;
  };
  await expect(write(half)).rejects.toBe(oops);
  expect(it.words()).toEqual(['a']);
  expect(it.db.isTransaction).toBe(false);
});

test('reports an outage as 503 with its reason to a reader, a writer and a group of writers', async () => {
  const { read, write } = it;
  const full = Object.assign(new Error('database or disk is full'), { errcode: 13 });
  const failing = () => {
    throw full;
  };
  for (const answer of [read(failing), write(failing), ...[1, 2].map(() => write(failing))])
    await expect(answer).rejects.toMatchObject({ reason: 'storage_full', cause: full });
});

test('commits a hundred concurrent writers in a few groups, each with its own answer', async () => {
  const { write } = it;
  let commits = 0;
  it.db.setAuthorizer((action, name) => {
    if (action === constants.SQLITE_TRANSACTION && name === 'COMMIT') commits++;
    return constants.SQLITE_OK;
  });
  const names = Array.from({ length: 100 }, (_, index) => `w${index}`);
  expect(await Promise.all(names.map((name) => write(it.insert(name))))).toEqual(names);
  expect(it.words()).toEqual(names);
  expect(commits).toBeGreaterThan(0);
  expect(commits).toBeLessThan(10);
});

test('retries each writer of a group alone after an outage, then groups writers again', async () => {
  const { write } = it;
  let outages = 0;
  const failing = () => {
    outages++;
    throw Object.assign(new Error('disk I/O error'), { errcode: 10 });
  };
  const results = await Promise.allSettled([
    write(it.insert('a')),
    write(it.insert('b')),
    write(failing),
    write(it.insert('c')),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  expect(outages).toBe(2);
  expect(it.words()).toEqual(['a', 'b', 'c']);
  const more = await Promise.all(['d', 'e', 'f'].map((word) => write(it.insert(word))));
  expect(more).toEqual(['d', 'e', 'f']);
});

test('writes nothing into a file that replaced the opened one', async () => {
  const { write } = it;
  it.replaced = new Error('replaced');
  const results = await Promise.allSettled([write(it.insert('a')), write(it.insert('b')), write(it.insert('c'))]);
  expect(results).toMatchObject(results.map(() => ({ status: 'rejected', reason: it.replaced })));
  it.replaced = undefined;
  expect(await write(it.insert('d'))).toBe('d');
  expect(it.words()).toEqual(['d']);
});

test('reads nothing from a file that replaced the opened one', async () => {
  it.replaced = new Error('replaced');
  await expect(it.read(() => it.words())).rejects.toBe(it.replaced);
  it.replaced = undefined;
  expect(await it.read(() => it.words())).toEqual([]);
});

test('asks SQLite for nothing when no caller waits', async () => {
  await Promise.all(['a', 'b'].map((word) => it.write(it.insert(word))));
  let asked = 0;
  it.db.setAuthorizer(() => {
    asked++;
    return constants.SQLITE_OK;
  });
  await turns();
  expect(asked).toBe(0);
});

test('rejects waiting and later callers when closed, and closes twice', async () => {
  const { read, write, close } = it;
  using _ = holdWriteLock(it.path);
  const waiting = ['a', 'b'].map((word) => busy(write(it.insert(word))));
  await turns(1);
  close();
  close();
  await Promise.all(waiting);
  await busy(write(it.insert('c')));
  await busy(read(() => it.words()));
  expect(it.db.isOpen).toBe(false);
});

test('empties the write-ahead log at a checkpoint, unless a reader blocks it', async () => {
  const { write, checkpoint } = it;
  await write(it.insert('a'));
  const reader = new DatabaseSync(it.path, { readOnly: true });
  reader.exec('BEGIN');
  reader.prepare('SELECT * FROM words').all();
  await write(it.insert('b'));
  expect(checkpoint()).toBe(false);
  reader.close();
  expect(checkpoint()).toBe(true);
});

test('moves the write-ahead log into the database when closed, even while another process has it open', async () => {
  const { write, close } = it;
  await write(it.insert('a'));
  using other = { db: new DatabaseSync(it.path), [Symbol.dispose]: () => other.db.close() };
  other.db.prepare('SELECT * FROM words').all();
  close();
  expect(other.db.prepare('PRAGMA wal_checkpoint').get()).toMatchObject({ log: 0 });
});

test('reports any failure while closing, and closes the database', () => {
  const { close } = it;
  it.db.setAuthorizer(() => 1); // SQLite refuses every statement
  expect(close).toThrow(/authorized/);
  expect(it.db.isOpen).toBe(false);
});

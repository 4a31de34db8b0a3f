import { constants } from 'node:sqlite';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LOCK_BUDGET_MS } from '../../../src/store/sqlite/connection.ts';
import { holdWriteLock } from '../../support/database.ts';
import { busy, openWords, turns, type Words } from './words.ts';

let it: Words;
beforeEach(() => {
  it = openWords();
});
afterEach(() => {
  vi.useRealTimers();
  it[Symbol.dispose]();
});

test("lets a writer wait for another process's lock without blocking, then write", async () => {
  const { read, write } = it;
  const lock = holdWriteLock(it.path);
  let settled = false;
  const waiting = write(it.insert('a')).finally(() => {
    settled = true;
  });
  await turns();
  expect(settled).toBe(false);
  expect(await read(() => it.words())).toEqual([]); // a reader needs no lock
  lock[Symbol.dispose]();
  expect(await waiting).toBe('a');
  expect(it.words()).toEqual(['a']);
});

test('lets a reader wait where it must', async () => {
  it.db.exec('PRAGMA journal_mode = DELETE');
  const { read } = it;
  const lock = holdWriteLock(it.path, 'EXCLUSIVE');
  let settled = false;
  const waiting = read(() => it.words()).finally(() => {
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
  it.db.setAuthorizer(() => {
    asked++;
    return constants.SQLITE_OK;
  });
  while (asked < 2) await new Promise(setImmediate);
}

/** The clock of this process jumps; nothing else of time does. */
const pass = (milliseconds: number) => vi.advanceTimersByTime(milliseconds);

test('rejects a writer after the whole budget, writes nothing, and lets later ones wait', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const { write } = it;
  const lock = holdWriteLock(it.path);
  const first = busy(write(it.insert('first')));
  const second = busy(write(it.insert('second')));
  await askedAgain();
  pass(LOCK_BUDGET_MS);
  const third = write(it.insert('third'));
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
  expect(it.words()).toEqual(['third']);
});

test('writes the next writer after all waiting ones were rejected', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const { write } = it;
  const lock = holdWriteLock(it.path);
  const waiting = ['a', 'b'].map((word) => busy(write(it.insert(word))));
  await askedAgain();
  pass(LOCK_BUDGET_MS + 1);
  await Promise.all(waiting);
  lock[Symbol.dispose]();
  expect(await write(it.insert('c'))).toBe('c');
  expect(it.words()).toEqual(['c']);
});

test('rejects a reader after the whole budget', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  it.db.exec('PRAGMA journal_mode = DELETE');
  const { read } = it;
  using _ = holdWriteLock(it.path, 'EXCLUSIVE');
  let settled = false;
  const waiting = busy(read(() => it.words())).finally(() => {
    settled = true;
  });
  await askedAgain();
  pass(LOCK_BUDGET_MS);
  await askedAgain();
  expect(settled).toBe(false);
  pass(1);
  expect((await waiting).cause).toMatchObject({ errcode: 5 });
});

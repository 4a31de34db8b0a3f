import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Attempt } from '../../../src/store/attempt-log.ts';
import { attemptsPath, openAttemptLog } from '../../../src/store/sqlite/attempt-log.ts';
import { holdWriteLock, query } from '../../support/database.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/directory.ts';
import { lockElsewhere } from '../../support/lock-holder.ts';
import { UNCLAIMED } from '../../support/store.ts';

let directory: TemporaryDirectory;
let path: string;
let warnings: string[];
beforeEach(() => {
  directory = temporaryDirectory();
  path = join(directory.path, 'x.attempts.db');
  warnings = [];
});
afterEach(() => {
  vi.useRealTimers();
  directory[Symbol.dispose]();
});

const open = (capacity?: number) =>
  openAttemptLog({ path, onWarning: (text) => warnings.push(text), ...(capacity === undefined ? {} : { capacity }) });

const attempt = (request_id: string, changes: Partial<Attempt> = {}): Attempt => ({
  at: '2026-01-01T00:00:00.000Z',
  request_id,
  status: 401,
  outcome: 'refused',
  reason: 'expired',
  issuer: 'https://api.workos.com',
  subject: 'user_1',
  session_id: 'session_1',
  idempotency_key: 'workos-jti:jti_1',
  expected: 'later',
  received: 'sooner',
  milliseconds: 1.5,
  ...UNCLAIMED,
  ...changes,
});

const written = () => Number(query(path, 'SELECT count(*) AS n FROM callback_attempts')[0]?.n);

test.each([
  [':memory:', ':memory:'],
  ['a/x.db', 'a/x.attempts.db'],
  ['a/x.sqlite', 'a/x.attempts.db'],
  ['a/x.sqlite3', 'a/x.attempts.db'],
  ['a.db/x', 'a.db/x.attempts.db'],
  ['a/x.dbx', 'a/x.dbx.attempts.db'],
  ['a/xdb', 'a/xdb.attempts.db'],
])('keeps the attempts of %s in %s', (database, attempts) => {
  expect(attemptsPath(database)).toBe(attempts);
});

test('keeps attempts as they were recorded, in their order', async () => {
  const log = open();
  const attempts = [
    attempt('request_1'),
    attempt('request_2', { reason: null, expected: null, received: null }),
    attempt('request_1', { status: 200, reason: null, outcome: 'seen', milliseconds: 2 }),
  ];
  for (const each of attempts) log.record(each);
  await log.close();
  expect(query(path, 'SELECT * FROM callback_attempts ORDER BY id')).toEqual(
    attempts.map((each, index) => ({ id: index + 1, ...each })),
  );
});

test('writes after a tenth of a second, batch by batch, until nothing waits', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const log = open();
  for (let index = 0; index < 240; index++) log.record(attempt(`request_${index}`));
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(99);
  expect(written()).toBe(0);
  vi.advanceTimersByTime(1);
  expect(written()).toBe(100);
  vi.advanceTimersToNextTimer();
  expect(written()).toBe(200);
  vi.advanceTimersToNextTimer();
  expect([written(), vi.getTimerCount()]).toEqual([240, 0]);
  log.record(attempt('later'));
  vi.advanceTimersByTime(100);
  expect(written()).toBe(241);
  await log.close();
});

test('retries a locked log after a tenth of a second, without a warning', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const log = open();
  const lock = holdWriteLock(path);
  log.record(attempt('request_1'));
  vi.advanceTimersByTime(100);
  await log.flush(); // gives up as well, and does not loop endlessly
  lock[Symbol.dispose]();
  vi.advanceTimersByTime(99);
  expect(written()).toBe(0);
  vi.advanceTimersByTime(1);
  expect([written(), warnings]).toEqual([1, []]);
  await log.close();
});

test('writes all waiting rows at a flush, even more than a batch', async () => {
  const log = open();
  for (let index = 0; index < 501; index++) log.record(attempt(`request_${index}`));
  await log.flush();
  expect(written()).toBe(501);
  await log.close();
});

test('drops the oldest waiting rows above the limit', async () => {
  const log = open();
  for (let index = 0; index < 50_000; index++) log.record(attempt('request', { milliseconds: index }));
  log.record(attempt('request', { milliseconds: 50_000 }));
  await log.close();
  expect(query(path, 'SELECT count(*) AS n, min(milliseconds) AS first FROM callback_attempts')).toEqual([
    { n: 25_000, first: 25_001 },
  ]);
});

test('replaces the oldest row when the log is full', async () => {
  const log = open(2);
  for (const name of ['a', 'b', 'c']) log.record(attempt(name));
  await log.flush();
  expect(query(path, 'SELECT request_id FROM callback_attempts ORDER BY id')).toEqual([
    { request_id: 'b' },
    { request_id: 'c' },
  ]);
  await log.close();
});

test('drops the batch of a rejected row, and warns once with the reason', async () => {
  const log = open();
  log.record(attempt('x'.repeat(129)));
  await log.flush();
  log.record(attempt('y'.repeat(129)));
  await log.flush();
  log.record(attempt('kept'));
  await log.flush();
  expect(written()).toBe(1);
  expect(warnings).toEqual([expect.stringContaining('CHECK constraint failed')]);
  await log.close();
});

test('keeps waiting rows for a damaged log, and warns once', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const log = open();
  const other = new DatabaseSync(path, { defensive: false });
  other.exec("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 9999 WHERE type = 'table'");
  other.exec('PRAGMA schema_version = 1000'); // so that others read it again
  other.close();
  log.record(attempt('request_1'));
  await log.flush();
  await log.flush();
  vi.advanceTimersByTime(100);
  expect(vi.getTimerCount()).toBe(1); // it will be tried again
  expect(warnings).toHaveLength(1);
  await log.close();
  expect(warnings).toHaveLength(1);
});

test('writes waiting rows once when closed, leaves no timer, and closes twice', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const log = open();
  log.record(attempt('request_1'));
  await log.close();
  expect(vi.getTimerCount()).toBe(0);
  await log.close();
  expect(written()).toBe(1);
});

test("waits briefly for another process's lock when closed", async () => {
  const log = open();
  log.record(attempt('request_1'));
  await using _ = await lockElsewhere(path, 30);
  await log.close();
  expect(written()).toBe(1);
});

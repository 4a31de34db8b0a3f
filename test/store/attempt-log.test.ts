import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Attempt, attemptsOfRequest, attemptsPath, openAttemptLog } from '../../src/store/attempts.ts';
import { holdWriteLock, query } from '../support/database.ts';
import { openDescriptors, SHOWS_DESCRIPTORS } from '../support/descriptors.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/directory.ts';
import { lockElsewhere } from '../support/lock-holder.ts';

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
])('the attempts of %s are in %s', (database, attempts) => {
  expect(attemptsPath(database)).toBe(attempts);
});

test('what was noted of a request is read as it was noted, oldest first, and up to a hundred', () => {
  const log = open();
  log.record(attempt('request_1'));
  log.record(attempt('request_2'));
  log.record(attempt('request_1', { status: 200, reason: null, outcome: 'seen', milliseconds: 2 }));
  for (let index = 0; index < 101; index++) log.record(attempt('request_3', { milliseconds: index }));
  log.close();
  expect(attemptsOfRequest(path, 'request_1')).toStrictEqual([
    attempt('request_1'),
    attempt('request_1', { status: 200, reason: null, outcome: 'seen', milliseconds: 2 }),
  ]);
  expect(attemptsOfRequest(path, 'request_3').map(({ milliseconds }) => milliseconds)).toEqual(
    Array.from({ length: 100 }, (_, index) => index),
  );
  expect(attemptsOfRequest(path, 'request_4')).toEqual([]);
});

test.skipIf(!SHOWS_DESCRIPTORS)('whoever has read it holds no file open', () => {
  open().close();
  const before = openDescriptors();
  attemptsOfRequest(path, 'request_1');
  expect(openDescriptors()).toBe(before);
});

test('nothing is written until a tenth of a second has passed, then a batch at a time, until nothing waits', () => {
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
  log.close();
});

test('a locked log is asked again after a tenth of a second, and says nothing of it', () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const log = open();
  const lock = holdWriteLock(path);
  log.record(attempt('request_1'));
  vi.advanceTimersByTime(100);
  log.flush(); // gives up as well, and does not turn for ever
  lock[Symbol.dispose]();
  vi.advanceTimersByTime(99);
  expect(written()).toBe(0);
  vi.advanceTimersByTime(1);
  expect([written(), warnings]).toEqual([1, []]);
  log.close();
});

test('a flush writes whatever waits, also more than a batch', () => {
  const log = open();
  for (let index = 0; index < 501; index++) log.record(attempt(`request_${index}`));
  log.flush();
  expect(written()).toBe(501);
  log.close();
});

test('the oldest of too many that wait are dropped, and the newest are kept', () => {
  const log = open();
  for (let index = 0; index < 50_000; index++) log.record(attempt('request', { milliseconds: index }));
  log.record(attempt('request', { milliseconds: 50_000 }));
  log.close();
  expect(query(path, 'SELECT count(*) AS n, min(milliseconds) AS first FROM callback_attempts')).toEqual([
    { n: 25_000, first: 25_001 },
  ]);
});

test('a row more than the log may keep takes the place of the oldest', () => {
  const log = open(2);
  for (const name of ['a', 'b', 'c']) log.record(attempt(name));
  log.flush();
  expect(query(path, 'SELECT request_id FROM callback_attempts ORDER BY id')).toEqual([
    { request_id: 'b' },
    { request_id: 'c' },
  ]);
  log.close();
});

test('a row that is refused takes its batch along and is said once, with the reason', () => {
  const log = open();
  log.record(attempt('x'.repeat(129)));
  log.flush();
  log.record(attempt('y'.repeat(129)));
  log.flush();
  log.record(attempt('kept'));
  log.flush();
  expect(written()).toBe(1);
  expect(warnings).toEqual([expect.stringContaining('CHECK constraint failed')]);
  log.close();
});

test('a damaged log keeps what waits and is said once', () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const log = open();
  const other = new DatabaseSync(path, { defensive: false });
  other.exec("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 9999 WHERE type = 'table'");
  other.exec('PRAGMA schema_version = 1000'); // so that others read it anew
  other.close();
  log.record(attempt('request_1'));
  log.flush();
  log.flush();
  vi.advanceTimersByTime(100);
  expect(vi.getTimerCount()).toBe(1); // it will be tried again
  expect(warnings).toHaveLength(1);
  log.close();
  expect(warnings).toHaveLength(1);
});

test('closing writes what waits, once, and leaves no timer; closing again is nothing', () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const log = open();
  log.record(attempt('request_1'));
  log.close();
  expect(vi.getTimerCount()).toBe(0);
  log.close();
  expect(written()).toBe(1);
});

test('closing waits a little for the lock of another process', async () => {
  const log = open();
  log.record(attempt('request_1'));
  await using _ = await lockElsewhere(path, 30);
  log.close();
  expect(written()).toBe(1);
});

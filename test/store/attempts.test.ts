import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Attempt, attemptsPath, openAttemptLog } from '../../src/store/attempts.ts';
import { execute, holdWriteLock, query } from '../support/database.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/directory.ts';
import { watchEventLoop } from '../support/event-loop.ts';
import { testServer } from '../support/server.ts';

let directory: TemporaryDirectory;
let path: string;
let warnings: string[];

beforeEach(() => {
  directory = temporaryDirectory();
  path = join(directory.path, 'x.attempts.db');
  warnings = [];
});

afterEach(() => directory[Symbol.dispose]());

const open = (capacity?: number) =>
  openAttemptLog({ path, onWarning: (text) => warnings.push(text), ...(capacity === undefined ? {} : { capacity }) });

const attempt = (request_id: string): Attempt => ({
  at: '2026-01-01T00:00:00.000Z',
  request_id,
  status: 200,
  outcome: 'seen',
  reason: null,
  issuer: 'https://api.workos.com',
  subject: 'user_1',
  session_id: null,
  idempotency_key: 'workos-jti:jti_1',
  expected: null,
  received: null,
  milliseconds: 1.5,
});

const requestIds = () =>
  query(path, 'SELECT request_id FROM callback_attempts ORDER BY id').map((row) => row.request_id);

test('attempts are written soon, without anybody asking', async () => {
  const log = open();
  log.record(attempt('request_1'));
  await vi.waitFor(() => expect(requestIds()).toEqual(['request_1']), { timeout: 30_000 });
  log.close();
});

test('the log keeps so many rows, and drops the oldest', () => {
  const log = open(10);
  for (let index = 0; index < 1234; index++) log.record(attempt(`request_${index}`));
  log.close();
  expect(requestIds()).toEqual(Array.from({ length: 10 }, (_, index) => `request_${1224 + index}`));
});

test('a locked log blocks nobody, and the rows are written when the lock is free', async () => {
  const log = open();
  const lock = holdWriteLock(path);
  const started = performance.now();
  for (let index = 0; index < 5; index++) {
    log.record(attempt(`request_${index}`));
    log.flush();
  }
  expect(performance.now() - started).toBeLessThan(5000); // to wait for the lock five times would take longer
  expect(requestIds()).toEqual([]);
  lock[Symbol.dispose]();
  await vi.waitFor(() => expect(requestIds()).toHaveLength(5), { timeout: 30_000 });
  expect(warnings).toEqual([]);
  log.close();
});

test('a long backlog is written in batches that let other work in between', async () => {
  const log = open();
  for (let index = 0; index < 20_000; index++) log.record(attempt(`request_${index}`));
  const eventLoop = watchEventLoop();
  await vi.waitFor(() => expect(query(path, 'SELECT count(*) AS n FROM callback_attempts')[0]?.n).toBe(20_000), {
    timeout: 30_000,
  });
  expect(eventLoop.longestPause()).toBeLessThan(300);
  log.close();
});

test('a row that the log refuses is said once, and does not keep the next ones out', () => {
  const log = open();
  log.record(attempt('x'.repeat(129)));
  log.flush();
  log.record(attempt('y'.repeat(129)));
  log.flush();
  log.record(attempt('request_1'));
  log.close();
  expect(requestIds()).toEqual(['request_1']);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain('the log of callback attempts cannot be written');
});

test('callbacks go on while their log is locked or broken', async () => {
  await using server = await testServer();
  const log = attemptsPath(server.paths.database);
  execute(log, 'DROP TABLE callback_attempts');
  const { token } = server.mint();
  const first = await server.post(token);
  expect(first.status).toBe(200);
  expect((await server.post(token)).bytes.equals(first.bytes)).toBe(true);
  await vi.waitFor(() => expect(server.warnings).toHaveLength(1), { timeout: 30_000 });
});

test('each callback of the server is in the log, refusals with their reason, and never a token', async () => {
  let server = await testServer();
  const { token } = server.mint();
  await server.post(token, { 'x-request-id': 'request_1' });
  await server.post(token, { 'x-request-id': 'request_2' });
  await server.post('nonsense', { 'x-request-id': 'request_3' });
  const file = attemptsPath(server.paths.database);
  server = await server.restart();
  await using _ = server;
  expect(query(file, 'SELECT request_id, status, outcome, reason FROM callback_attempts ORDER BY id')).toEqual([
    { request_id: 'request_1', status: 200, outcome: 'provisioned', reason: null },
    { request_id: 'request_2', status: 200, outcome: 'replayed', reason: null },
    { request_id: 'request_3', status: 401, outcome: 'refused', reason: 'malformed_token' },
  ]);
  expect(JSON.stringify(query(file, 'SELECT * FROM callback_attempts'))).not.toContain(token.slice(-40));
});

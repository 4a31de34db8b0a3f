import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Attempt } from '../../../src/store/attempt-log.ts';
import { attemptsPath, openAttemptLog } from '../../../src/store/sqlite/attempt-log.ts';
import { execute, holdWriteLock, query } from '../../support/database.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/directory.ts';
import { testServer } from '../../support/server.ts';
import { UNCLAIMED } from '../../support/store.ts';

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
  ...UNCLAIMED,
});

const requestIds = () =>
  query(path, 'SELECT request_id FROM callback_attempts ORDER BY id').map((row) => row.request_id);

test('writes attempts soon, without a flush', async () => {
  const log = open();
  log.record(attempt('request_1'));
  await vi.waitFor(() => expect(requestIds()).toEqual(['request_1']), { timeout: 120_000 });
  await log.close();
});

test('keeps a limited number of rows, and drops the oldest', async () => {
  const log = open(10);
  for (let index = 0; index < 1234; index++) log.record(attempt(`request_${index}`));
  await log.close();
  expect(requestIds()).toEqual(Array.from({ length: 10 }, (_, index) => `request_${1224 + index}`));
});

test('does not block on a locked log, and writes the rows once it is free', async () => {
  const log = open();
  const lock = holdWriteLock(path);
  const started = performance.now();
  for (let index = 0; index < 5; index++) {
    log.record(attempt(`request_${index}`));
    await log.flush();
  }
  expect(performance.now() - started).toBeLessThan(5000); // to wait for the lock five times would take longer
  expect(requestIds()).toEqual([]);
  lock[Symbol.dispose]();
  await vi.waitFor(() => expect(requestIds()).toHaveLength(5), { timeout: 120_000 });
  expect(warnings).toEqual([]);
  await log.close();
});

test('writes a long backlog in batches with other work in between', async () => {
  const log = open();
  for (let index = 0; index < 20_000; index++) log.record(attempt(`request_${index}`));
  let turns = 0;
  const counting = setInterval(() => turns++, 0);
  await vi.waitFor(() => expect(query(path, 'SELECT count(*) AS n FROM callback_attempts')[0]?.n).toBe(20_000), {
    timeout: 120_000,
  });
  clearInterval(counting);
  expect(turns).toBeGreaterThan(10); // written at once it would be none, or one
  await log.close();
});

test('warns once about a rejected row, and writes the next ones', async () => {
  const log = open();
  log.record(attempt('x'.repeat(129)));
  await log.flush();
  log.record(attempt('y'.repeat(129)));
  await log.flush();
  log.record(attempt('request_1'));
  await log.close();
  expect(requestIds()).toEqual(['request_1']);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain('the log of callback attempts cannot be written');
});

test('serves callbacks while their log is locked or broken', async () => {
  await using server = await testServer();
  const log = attemptsPath(server.paths.database);
  execute(log, 'DROP TABLE callback_attempts');
  const { token } = server.mint();
  const first = await server.post(token);
  expect(first.status).toBe(200);
  expect((await server.post(token)).bytes.equals(first.bytes)).toBe(true);
  await vi.waitFor(() => expect(server.warnings).toHaveLength(1), { timeout: 120_000 });
});

test('logs each callback, refusals with their reason, without tokens', async () => {
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

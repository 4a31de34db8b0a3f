import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Attempt } from '../../../src/store/attempt-log.ts';
import { openReadStore } from '../../../src/store/open.ts';
import { type AttemptLogOptions, openAttemptLog } from '../../../src/store/sqlite/attempt-log.ts';
import { query } from '../../support/database.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/directory.ts';
import { UNCLAIMED } from '../../support/store.ts';

let directory: TemporaryDirectory;
let warnings: string[];
beforeEach(() => {
  directory = temporaryDirectory();
  warnings = [];
});
afterEach(() => directory[Symbol.dispose]());

const path = () => join(directory.path, 'agent-paste.attempts.db');
const open = (options: Partial<AttemptLogOptions> = {}) =>
  openAttemptLog({ path: path(), onWarning: (text) => warnings.push(text), ...options });
const details = () => query(path(), 'SELECT attempt_id, detail FROM callback_details ORDER BY attempt_id');
const ids = () => details().map(({ attempt_id }) => Number(attempt_id));

const attempt = (request_id: string): Attempt => ({
  ...{ at: '2026-01-01T00:00:00.000Z', request_id, status: 200, outcome: 'seen', reason: null, milliseconds: 1 },
  ...{ issuer: 'https://api.workos.com', subject: 'user_1', session_id: null, idempotency_key: 'workos-jti:1' },
  ...{ expected: null, received: null },
  ...UNCLAIMED,
});

test('keeps a detail beside its attempt, in the order of the attempts, however late it is ready', async () => {
  const log = open();
  const slow = Promise.withResolvers<string>();
  log.record(attempt('first'), () => slow.promise);
  log.record(attempt('second'), async () => '{"n":2}');
  log.record(attempt('third'));
  log.record(attempt('fourth'), async () => undefined);
  slow.resolve('{"n":1}');
  await log.close();
  expect(
    query(path(), 'SELECT request_id FROM callback_attempts ORDER BY id').map(({ request_id }) => request_id),
  ).toEqual(['first', 'second', 'third', 'fourth']);
  expect(details()).toEqual([
    { attempt_id: 1, detail: '{"n":1}' },
    { attempt_id: 2, detail: '{"n":2}' },
  ]);
  expect(warnings).toEqual([]);
});

test('keeps the newest details, those of another process included', async () => {
  const one = open({ detailCapacity: 5 });
  for (let n = 1; n <= 8; n++) one.record(attempt(`one_${n}`), async () => `{"n":${n}}`);
  await one.close();
  expect(ids()).toEqual([4, 5, 6, 7, 8]);
  const other = open({ detailCapacity: 5 });
  for (let n = 9; n <= 11; n++) other.record(attempt(`other_${n}`), async () => `{"n":${n}}`);
  await other.close();
  expect(ids()).toEqual([7, 8, 9, 10, 11]);
});

test('drops a detail with its attempt', async () => {
  const log = open({ capacity: 3 });
  for (let n = 1; n <= 5; n++) log.record(attempt(`request_${n}`), async () => `{"n":${n}}`);
  await log.close();
  expect(ids()).toEqual([3, 4, 5]);
});

test.each(['not JSON', JSON.stringify('x'.repeat(8200))])('refuses a detail that is %.8s…', async (detail) => {
  const log = open();
  log.record(attempt('request_1'), async () => detail);
  await log.close();
  expect(warnings).toEqual([expect.stringContaining('CHECK constraint failed')]);
});

test.each(['schema-1', 'schema-3'])('reads a log of %s, which has none, as one without details', async (name) => {
  const kept = fileURLToPath(new URL(`versions/${name}/agent-paste.attempts.db`, import.meta.url));
  cpSync(kept, path());
  const place = { database: join(directory.path, 'agent-paste.db'), users: join(directory.path, 'workos-users.db') };
  await using reads = await openReadStore(place, () => undefined);
  expect(await reads.details([1, 2, 3])).toEqual(new Map());
  expect((await reads.list('callbacks', { limit: 9 })).items.length).toBeGreaterThan(2);
});

test('reads the details of the attempts that have any', async () => {
  const log = open();
  for (let n = 1; n <= 3; n++)
    log.record(attempt(`request_${n}`), n === 2 ? undefined : async () => JSON.stringify({ n }));
  await log.close();
  const place = { database: join(directory.path, 'agent-paste.db'), users: join(directory.path, 'workos-users.db') };
  await using reads = await openReadStore(place, () => undefined);
  expect([...(await reads.details([3, 2, 1, 77]))]).toEqual([
    [1, '{"n":1}'],
    [3, '{"n":3}'],
  ]);
});

import { renameSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Failure } from '../../../src/errors/failure.ts';
import { LOCK_BUDGET_MS } from '../../../src/store/sqlite/connection.ts';
import { OPEN_BUDGET_MS } from '../../../src/store/sqlite/file/open.ts';
import { openDirectory } from '../../../src/store/sqlite/users.ts';
import { counts, execute, holdWriteLock, ONE_SIGN_IN } from '../../support/database.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/directory.ts';
import { testServer } from '../../support/server.ts';
import { callbackOf, openStore } from '../../support/store.ts';

let directory: TemporaryDirectory;

beforeEach(() => {
  directory = temporaryDirectory();
});

afterEach(() => directory[Symbol.dispose]());

test('answers 503 database_busy to all waiting callbacks after the budget, while replays and the event loop continue', async () => {
  await using server = await testServer({}, temporaryDirectory(), { lockBudgetMs: 2000 });
  const { token } = server.mint();
  const first = await server.post(token);
  const tokens = Array.from({ length: 64 }, (_, index) => server.mint({ sub: `user_${index}` }).token);
  const lock = holdWriteLock(server.paths.database);
  let isRefused = false;
  const waiting = Promise.all(
    tokens.map(async (each) => {
      const answer = await server.post(each);
      isRefused = true;
      return answer;
    }),
  );
  expect((await server.post(token)).bytes.equals(first.bytes)).toBe(true);
  expect(isRefused).toBe(false); // each waiting for SQLite by itself stopped the event loop for 16 seconds
  for (let replay = 0; replay < 50; replay++) expect((await server.post(token)).bytes.equals(first.bytes)).toBe(true);
  const refused = await waiting;
  lock[Symbol.dispose]();
  for (const { status, headers, body } of refused) {
    expect([status, body.error.code, body.error.reason]).toEqual([503, 'database_unavailable', 'database_busy']);
    expect(headers.get('retry-after')).toBe('1');
  }
  expect(counts(server.paths.database)).toEqual(ONE_SIGN_IN);
  expect((await server.post(tokens[0])).status).toBe(200);
});

test('only delays callbacks for a lock released within the budget', async () => {
  await using opened = openStore(directory.path);
  const lock = holdWriteLock(opened.path);
  const waiting = Promise.all(
    ['user_1', 'user_2'].map((subject) => opened.store.resolveMember(callbackOf({ subject }))),
  );
  const replayed = await opened.store.memberOf('user_1'); // a read in between
  expect(replayed).toBeUndefined();
  lock[Symbol.dispose]();
  expect((await waiting).map(({ outcome }) => outcome)).toEqual(['provisioned', 'provisioned']);
});

test('rejects callbacks that wait for the lock when closed', async () => {
  const { store, path } = openStore(directory.path);
  using _ = holdWriteLock(path);
  const waiting = [1, 2].map((user) => store.resolveMember(callbackOf({ subject: `user_${user}` })));
  const refusals = Promise.all(waiting.map((each) => expect(each).rejects.toMatchObject({ reason: 'database_busy' })));
  await store.memberOf('user_1');
  await store.close();
  await refusals;
});

test.each(['IMMEDIATE', 'EXCLUSIVE'] as const)(
  'waits for a locked new file (%s) at a start, then names the lock of another process',
  (kind) => {
    const path = `${directory.path}/agent-paste.db`;
    execute(path, 'PRAGMA application_id = 0');
    using _ = holdWriteLock(path, kind);
    const started = performance.now();
    expect(() => openStore(directory.path, { openBudgetMs: 500 })).toThrow(Failure);
    expect(performance.now() - started).toBeGreaterThanOrEqual(500);
    expect(() => openDirectory(`${directory.path}/users.db`).close()).not.toThrow();
  },
);

test('a start, a read and a write wait for five seconds', () => {
  expect([OPEN_BUDGET_MS, LOCK_BUDGET_MS]).toEqual([5000, 5000]);
});

test('starts on a known database without its lock, and replays at once', async () => {
  await using opened = openStore(directory.path);
  const first = await opened.store.resolveMember(callbackOf());
  using _ = holdWriteLock(opened.path);
  await using second = openStore(directory.path);
  expect(await second.store.sweep(callbackOf().now)).toBe(0);
  const replay = await second.store.resolveMember(callbackOf());
  expect(Buffer.from(replay.body).equals(first.body)).toBe(true);
});

test('deletes many expired records without blocking the event loop', async () => {
  await using opened = openStore(directory.path);
  await opened.store.resolveMember(callbackOf({ expiresAt: 1 }));
  execute(
    opened.path,
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
     INSERT INTO callback_records SELECT 'workos-jti:copy-' || i, subject, issuer, member_id, outcome, status, key_public_id,
       randomblob(1100), body_sha256, seal_version, pepper_kid, created_at, expires_at FROM callback_records, n`,
  );
  let turns = 0;
  const counting = setInterval(() => turns++, 0);
  expect(await opened.store.sweep(2)).toBe(20_001);
  clearInterval(counting);
  expect(turns).toBeGreaterThan(10); // one transaction would leave none
  expect(counts(opened.path).records).toBe(0);
});

test('answers 503 database_replaced for a replaced or removed file, replays and reads included', async () => {
  await using server = await testServer();
  const { token } = server.mint();
  await server.post(token);
  renameSync(server.paths.database, `${server.paths.database}.moved`);
  const removed = await server.post(server.mint().token);
  expect([removed.status, removed.body.error.reason]).toEqual([503, 'database_replaced']);
  const replay = await server.post(token);
  expect([replay.status, replay.body.error.reason]).toEqual([503, 'database_replaced']);
  const read = await server.get('/v1/web/keys', token);
  expect([read.status, read.body.error.reason]).toEqual([503, 'database_replaced']);
  writeFileSync(server.paths.database, '');
  const replaced = await server.post(server.mint().token);
  expect([replaced.status, replaced.body.error.reason]).toEqual([503, 'database_replaced']);
  renameSync(`${server.paths.database}.moved`, server.paths.database);
  await vi.waitFor(async () => expect((await server.post(server.mint().token)).status).toBe(200), { timeout: 120_000 });
});

import { renameSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Failure } from '../../src/errors.ts';
import { openDirectory } from '../../src/store/directory.ts';
import { counts, execute, holdWriteLock, ONE_SIGN_IN } from '../support/database.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/directory.ts';
import { watchEventLoop } from '../support/event-loop.ts';
import { testServer } from '../support/server.ts';
import { callbackOf, openStore } from '../support/store.ts';

let directory: TemporaryDirectory;

beforeEach(() => {
  directory = temporaryDirectory();
});

afterEach(() => directory[Symbol.dispose]());

test('a lock held beyond the budget: 503 database_busy to all who wait, replays go on, the event loop too', async () => {
  await using server = await testServer();
  const { token } = server.mint();
  const first = await server.post(token);
  const tokens = Array.from({ length: 64 }, (_, index) => server.mint({ sub: `user_${index}` }).token);
  const lock = holdWriteLock(server.paths.database);
  const eventLoop = watchEventLoop();
  const waiting = Promise.all(tokens.map((each) => server.post(each)));
  for (let replay = 0; replay < 50; replay++) expect((await server.post(token)).bytes.equals(first.bytes)).toBe(true);
  const refused = await waiting;
  const pause = eventLoop.longestPause();
  lock[Symbol.dispose]();
  for (const { status, headers, body } of refused) {
    expect([status, body.error.code, body.error.reason]).toEqual([503, 'database_unavailable', 'database_busy']);
    expect(headers.get('retry-after')).toBe('1');
  }
  expect(pause).toBeLessThan(300); // about 10; each waiting for SQLite by itself made it 16 seconds
  expect(counts(server.paths.database)).toEqual(ONE_SIGN_IN);
  expect((await server.post(tokens[0])).status).toBe(200);
});

test('a lock that comes free within the budget delays, and nothing else', async () => {
  using opened = openStore(directory.path);
  const lock = holdWriteLock(opened.path);
  const waiting = Promise.all(
    ['user_1', 'user_2'].map((subject) => opened.store.resolveMember(callbackOf({ subject }))),
  );
  const replayed = await opened.store.memberOf('user_1'); // a read in between
  expect(replayed).toBeUndefined();
  lock[Symbol.dispose]();
  expect((await waiting).map(({ outcome }) => outcome)).toEqual(['provisioned', 'provisioned']);
});

test('closing refuses the callbacks that wait for the lock', async () => {
  const { store, path } = openStore(directory.path);
  using _ = holdWriteLock(path);
  const waiting = [1, 2].map((user) => store.resolveMember(callbackOf({ subject: `user_${user}` })));
  const refusals = Promise.all(waiting.map((each) => expect(each).rejects.toMatchObject({ reason: 'database_busy' })));
  await store.memberOf('user_1');
  store.close();
  await refusals;
});

test.each(['IMMEDIATE', 'EXCLUSIVE'] as const)(
  'a start waits 5 seconds for a locked new file (%s), then says that another process holds it',
  (kind) => {
    const path = `${directory.path}/agent-paste.db`;
    execute(path, 'PRAGMA application_id = 0');
    using _ = holdWriteLock(path, kind);
    const started = performance.now();
    expect(() => openStore(directory.path)).toThrow(Failure);
    expect(performance.now() - started).toBeGreaterThan(4900);
    expect(() => openDirectory(`${directory.path}/users.db`).close()).not.toThrow();
  },
);

test('a start does not need the lock of a database that it knows, and replays at once', async () => {
  using opened = openStore(directory.path);
  const first = await opened.store.resolveMember(callbackOf());
  using _ = holdWriteLock(opened.path);
  using second = openStore(directory.path);
  expect(await second.store.sweep(callbackOf().now)).toBe(0);
  const replay = await second.store.resolveMember(callbackOf());
  expect(Buffer.from(replay.body).equals(first.body)).toBe(true);
});

test('many expired records are dropped without blocking the event loop', async () => {
  using opened = openStore(directory.path);
  await opened.store.resolveMember(callbackOf({ expiresAt: 1 }));
  execute(
    opened.path,
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
     INSERT INTO callback_records SELECT 'workos-jti:copy-' || i, subject, issuer, member_id, outcome, status, key_public_id,
       randomblob(1100), body_sha256, seal_version, pepper_kid, created_at, expires_at FROM callback_records, n`,
  );
  const eventLoop = watchEventLoop();
  expect(await opened.store.sweep(2)).toBe(20_001);
  expect(eventLoop.longestPause()).toBeLessThan(1000); // about 20; each batch waits for the disk
  expect(counts(opened.path).records).toBe(0);
});

test('a file that was replaced or removed: 503 database_replaced for replays and reads too', async () => {
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
  await vi.waitFor(async () => expect((await server.post(server.mint().token)).status).toBe(200), { timeout: 30_000 });
});

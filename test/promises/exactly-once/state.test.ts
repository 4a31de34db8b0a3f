import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { systemRandom } from '../../../src/machine/random.ts';
import { rotatePepper } from '../../../src/store/peppers.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { testServer } from '../../support/server.ts';
import { backUp, counts, execute, ONE_SIGN_IN, observe, query, UNCHANGED } from '../../support/stored.ts';

test('#35 provisions again, with a working key, when the member was deleted', async () => {
  await using server = await testServer();
  const { token } = server.mint();
  const first = await server.post(token);
  await execute(server.paths.database, 'DELETE FROM workspaces');
  expect((await counts(server.paths.database)).records).toBe(0);
  expect((await server.get('/v1/whoami', first.body.default_api_key.secret)).status).toBe(401);
  const second = await server.post(token);
  expect(second.headers.get('idempotency-replayed')).toBeNull();
  expect(second.body.workspace.id).not.toBe(first.body.workspace.id);
  expect((await server.get('/v1/whoami', second.body.default_api_key.secret)).status).toBe(200);
  expect(await counts(server.paths.database)).toEqual(ONE_SIGN_IN);
});

test('#36 replays the same bytes after the default key was revoked, which stays rejected', async () => {
  await using server = await testServer();
  const { token } = server.mint();
  const first = await server.post(token);
  await execute(server.paths.database, "UPDATE api_keys SET revoked_at = '2026-01-01T00:00:00.000Z'");
  await using observer = await observe(server.paths.database);
  expect((await server.post(token)).bytes.equals(first.bytes)).toBe(true);
  const refused = await server.get('/v1/whoami', first.body.default_api_key.secret);
  expect([refused.status, refused.body.error.reason]).toEqual([401, 'bad_api_key']);
  expect(await observer.changes()).toEqual(UNCHANGED);
});

test('#37 replays the same bytes after a pepper rotation, and accepts old and new keys', async () => {
  let server = await testServer();
  const { token } = server.mint();
  const first = await server.post(token);
  expect(rotatePepper(server.paths.peppers, systemRandom())).toBe(2);
  server = await server.restart();
  await using _ = server;
  expect((await server.post(token)).bytes.equals(first.bytes)).toBe(true);
  const bob = await server.post(server.mint({ email: 'bob@example.com' }).token);
  for (const { body } of [first, bob])
    expect((await server.get('/v1/whoami', body.default_api_key.secret)).status).toBe(200);
  const kids = (table: string) => query(server.paths.database, `SELECT pepper_kid FROM ${table} ORDER BY rowid`);
  expect(await kids('api_keys')).toEqual([{ pepper_kid: 1 }, { pepper_kid: 2 }]);
  expect(await kids('callback_records')).toEqual([{ pepper_kid: 1 }, { pepper_kid: 2 }]);
});

test("#38 answers 503 record_unreadable, and provisions nothing, when a record's pepper is gone", async () => {
  using directory = temporaryDirectory();
  const shared = { path: directory.path, [Symbol.dispose]: () => undefined };
  await using old = await testServer({}, shared);
  const onlyOne = readFileSync(old.paths.peppers);
  rotatePepper(old.paths.peppers, systemRandom());
  await using rotated = await testServer({}, shared);
  const { token } = rotated.mint();
  const first = await rotated.post(token);
  expect(first.status).toBe(200);
  writeFileSync(old.paths.peppers, onlyOne);
  await using observer = await observe(old.paths.database);
  const replay = await old.post(token);
  expect([replay.status, replay.body.error.code, replay.body.error.reason]).toEqual([
    503,
    'database_unavailable',
    'record_unreadable',
  ]);
  expect(replay.headers.get('retry-after')).not.toBeNull();
  const key = await old.get('/v1/whoami', first.body.default_api_key.secret);
  expect([key.status, key.body.error.reason]).toEqual([503, 'record_unreadable']);
  expect(await observer.changes()).toEqual(UNCHANGED);
  // A pepper file that cannot be read at all is an outage too, and not a bug.
  writeFileSync(old.paths.peppers, 'not JSON');
  expect((await old.post(token)).body.error.reason).toBe('record_unreadable');
  expect(old.bugs).toEqual([]);
});

test('#46 provisions again, with a new key, on a backup from before the sign-in', async () => {
  let server = await testServer();
  const { token } = server.mint();
  await server.running.stop();
  const backup = await backUp(server.paths.database);
  server = await server.restart();
  const first = await server.post(token);
  await server.running.stop();
  await backup.restore();
  server = await server.restart();
  await using _ = server;
  const second = await server.post(token);
  expect(second.headers.get('idempotency-replayed')).toBeNull();
  expect(second.body.default_api_key.secret).not.toBe(first.body.default_api_key.secret);
  expect((await server.get('/v1/whoami', first.body.default_api_key.secret)).status).toBe(401);
});

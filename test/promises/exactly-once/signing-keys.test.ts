import { expect, test } from 'vitest';
import { testServer } from '../../support/server.ts';
import { counts, ONE_SIGN_IN, observe, UNCHANGED } from '../../support/stored.ts';

test('#30 replays the same bytes after a rotation, while the old key is published', async () => {
  await using server = await testServer();
  const { token } = server.mint();
  const first = await server.post(token);
  await server.keyring.rotate(Date.now());
  const again = await server.post(token);
  expect(again.bytes.equals(first.bytes)).toBe(true);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
});

test('#31 rejects a replay with kid_unknown after its key was retired, and keeps the record', async () => {
  await using server = await testServer();
  const { token, header } = server.mint();
  await server.post(token);
  await server.keyring.rotate(Date.now());
  await server.keyring.retire(String(header.kid), Date.now());
  await using observer = await observe(server.paths.database);
  const refused = await server.post(token);
  expect([refused.status, refused.body.error.reason]).toEqual([401, 'kid_unknown']);
  expect(await observer.changes()).toEqual(UNCHANGED);
});

test('#31 accepts a retired key of a fetched set until the next fetch', async () => {
  await using workos = await testServer();
  await using server = await testServer({
    'workos-api-url': workos.url,
    'workos-api-key': 'sk_test_local',
    'jwks-max-age': '1h',
  });
  const { token, header } = workos.mint();
  const first = await server.post(token);
  expect(first.status).toBe(200);
  await workos.keyring.rotate(Date.now());
  await workos.keyring.retire(String(header.kid), Date.now());
  expect((await server.post(token)).bytes.equals(first.bytes)).toBe(true);
  await server.running.reloadKeys();
  const refused = await server.post(token);
  expect([refused.status, refused.body.error.reason]).toEqual([401, 'kid_unknown']);
});

test('#32 replays the same bytes for the same claims signed by a new key', async () => {
  await using server = await testServer();
  const ids = { jti: 'jti_1', sid: 'session_1' };
  const old = server.mint(ids);
  const first = await server.post(old.token);
  await server.keyring.rotate(Date.now());
  const fresh = server.mint(ids);
  expect(fresh.header.kid).not.toBe(old.header.kid);
  expect((await server.post(fresh.token)).bytes.equals(first.bytes)).toBe(true);
  expect(await counts(server.paths.database)).toEqual(ONE_SIGN_IN);
});

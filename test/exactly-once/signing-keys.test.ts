import { expect, test } from 'vitest';
import { counts, ONE_SIGN_IN, observe, UNCHANGED } from '../support/database.ts';
import { testServer } from '../support/server.ts';

test('#30 replay after a rotation, the old key still published: the same bytes', async () => {
  await using server = await testServer();
  const { token } = server.mint();
  const first = await server.post(token);
  await server.keyring.rotate(Date.now());
  const again = await server.post(token);
  expect(again.bytes.equals(first.bytes)).toBe(true);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
});

test('#31 replay after the key was retired: 401 kid_unknown, and the record stays as it is', async () => {
  await using server = await testServer();
  const { token, header } = server.mint();
  await server.post(token);
  await server.keyring.rotate(Date.now());
  server.keyring.retire(String(header.kid), Date.now());
  using observer = observe(server.paths.database);
  const refused = await server.post(token);
  expect([refused.status, refused.body.error.reason]).toEqual([401, 'kid_unknown']);
  expect(observer.changes()).toEqual(UNCHANGED);
});

test('#31 with a fetched key set, a retired key is accepted until the set is fetched again', async () => {
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
  workos.keyring.retire(String(header.kid), Date.now());
  expect((await server.post(token)).bytes.equals(first.bytes)).toBe(true);
  await server.running.reloadKeys();
  const refused = await server.post(token);
  expect([refused.status, refused.body.error.reason]).toEqual([401, 'kid_unknown']);
});

test('#32 the same claims signed by the new key: the same bytes, for the key of the record is the jti', async () => {
  await using server = await testServer();
  const ids = { jti: 'jti_1', sid: 'session_1' };
  const old = server.mint(ids);
  const first = await server.post(old.token);
  await server.keyring.rotate(Date.now());
  const fresh = server.mint(ids);
  expect(fresh.header.kid).not.toBe(old.header.kid);
  expect((await server.post(fresh.token)).bytes.equals(first.bytes)).toBe(true);
  expect(counts(server.paths.database)).toEqual(ONE_SIGN_IN);
});

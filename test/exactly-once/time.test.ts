import { expect, test } from 'vitest';
import { counts, ONE_SIGN_IN, observe, query, UNCHANGED } from '../support/database.ts';
import { temporaryDirectory } from '../support/directory.ts';
import { testServer } from '../support/server.ts';
import { callbackOf, DAY, NOW, openStore } from '../support/store.ts';

const HOUR = 3_600_000;

test('#29 replay with an expired token: 401, for verification comes first', async () => {
  await using server = await testServer();
  server.setClock(NOW);
  const { token } = server.mint();
  await server.post(token);
  server.setClock(NOW + 300_000);
  using observer = observe(server.paths.database);
  const refused = await server.post(token);
  expect([refused.status, refused.body.error.reason]).toEqual([401, 'expired']);
  expect(observer.changes()).toEqual(UNCHANGED);
});

test('#33 the record has expired, a token of the same id has not: a returning member, no second one', async () => {
  await using server = await testServer();
  server.setClock(NOW);
  const first = await server.post(server.mint({ jti: 'jti_1' }).token);
  server.setClock(NOW + DAY - 1);
  expect((await server.post(server.mint({ jti: 'jti_1' }).token)).bytes.equals(first.bytes)).toBe(true);
  server.setClock(NOW + DAY);
  const later = await server.post(server.mint({ jti: 'jti_1' }).token);
  expect([later.status, later.body.default_api_key]).toEqual([200, null]);
  expect(later.body.workspace).toEqual(first.body.workspace);
  expect(counts(server.paths.database)).toEqual(ONE_SIGN_IN);
  expect(query(server.paths.database, 'SELECT outcome FROM callback_records')).toEqual([{ outcome: 'seen' }]);
});

test('a record outlives the token that made it, however short the time to live is', async () => {
  await using server = await testServer({ 'idempotency-ttl': '1s' });
  server.setClock(NOW);
  const { token } = server.mint({ expiresIn: 7200.25 });
  const first = await server.post(token);
  expect(first.status).toBe(200);
  server.setClock(NOW + 2 * HOUR);
  expect((await server.post(token)).bytes.equals(first.bytes)).toBe(true);
});

test('#34 records are swept while they are replayed: each answer is the stored one or a returning member', async () => {
  using directory = temporaryDirectory();
  using sweeping = openStore(directory.path);
  using serving = openStore(directory.path);
  const keys = Array.from({ length: 1200 }, (_, index) => `workos-jti:${index}`);
  const stored = new Map<string, string>();
  for (const idempotencyKey of keys) {
    const { body } = await sweeping.store.resolveMember(callbackOf({ idempotencyKey }));
    stored.set(idempotencyKey, Buffer.from(body).toString());
  }
  const sweep = sweeping.store.sweep(NOW + DAY);
  // One clock is behind the expiry and one has reached it.
  const answers = await Promise.all(
    keys.flatMap((idempotencyKey) =>
      [NOW + DAY - 1, NOW + DAY].map(async (now) => ({
        idempotencyKey,
        answer: await serving.store.resolveMember(callbackOf({ idempotencyKey, now })),
      })),
    ),
  );
  expect(await sweep).toBeGreaterThan(0);
  for (const { idempotencyKey, answer } of answers) {
    const text = Buffer.from(answer.body).toString();
    if (text === stored.get(idempotencyKey)) expect(answer.outcome).toBe('replayed');
    else expect(JSON.parse(text).default_api_key).toBeNull();
  }
  expect(counts(serving.path)).toEqual({ ...ONE_SIGN_IN, records: keys.length });
});

test('#39 the clock goes back an hour: nothing runs again', async () => {
  await using server = await testServer();
  server.setClock(NOW);
  const { token } = server.mint({ issuedAt: NOW / 1000 - 7200, expiresIn: 10_800 });
  const first = await server.post(token);
  using observer = observe(server.paths.database);
  server.setClock(NOW - HOUR);
  expect((await server.post(token)).bytes.equals(first.bytes)).toBe(true);
  expect(observer.changes()).toEqual(UNCHANGED);
});

test('#40 the clock goes forward two days: the token has expired, and so has the record', async () => {
  await using server = await testServer();
  server.setClock(NOW);
  const { token } = server.mint({ jti: 'jti_1' });
  await server.post(token);
  server.setClock(NOW + 2 * DAY);
  expect((await server.post(token)).body.error.reason).toBe('expired');
  const later = await server.post(server.mint({ jti: 'jti_1' }).token);
  expect([later.status, later.body.default_api_key]).toEqual([200, null]);
});

test('#41 two servers whose clocks differ by five minutes answer alike, and lists stay in order of arrival', async () => {
  using directory = temporaryDirectory();
  const shared = { path: directory.path, [Symbol.dispose]: () => undefined };
  await using ahead = await testServer({}, shared);
  await using behind = await testServer({}, shared);
  ahead.setClock(NOW + 300_000);
  behind.setClock(NOW);
  const lifetime = { issuedAt: NOW / 1000, expiresIn: 3600 };
  const { token } = ahead.mint({ email: 'ada@example.com', ...lifetime });
  const first = await ahead.post(token);
  expect((await behind.post(token)).bytes.equals(first.bytes)).toBe(true);
  const seen = await behind.post(behind.mint({ email: 'ada@example.com', ...lifetime }).token);
  expect(seen.body.default_api_key).toBeNull();
  expect(seen.body.workspace_member.last_seen_at).toBe('2026-01-01T00:00:00.000Z');
  const audit = await behind.get('/v1/web/audit', behind.mint({ email: 'ada@example.com', ...lifetime }).token);
  expect(audit.body.items.map(({ action }: { action: string }) => action)).toEqual([
    'api_key.created',
    'workspace.created',
  ]);
});

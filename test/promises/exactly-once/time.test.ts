import { expect, test } from 'vitest';
import type { Wrapping } from '../../../src/server/parts.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { testServer } from '../../support/server.ts';
import { callbackOf, DAY, NOW } from '../../support/store.ts';
import { counts, ENGINE, execute, ONE_SIGN_IN, observe, openStore, query, UNCHANGED } from '../../support/stored.ts';

const HOUR = 3_600_000;

test('#29 rejects a replay with an expired token, as verification comes first', async () => {
  await using server = await testServer();
  server.setClock(NOW);
  const { token } = server.mint();
  await server.post(token);
  server.setClock(NOW + 300_000);
  await using observer = await observe(server.paths.database);
  const refused = await server.post(token);
  expect([refused.status, refused.body.error.reason]).toEqual([401, 'expired']);
  expect(await observer.changes()).toEqual(UNCHANGED);
});

test('#33 treats a valid token of an expired record as a returning member', async () => {
  await using server = await testServer();
  server.setClock(NOW);
  const first = await server.post(server.mint({ jti: 'jti_1' }).token);
  server.setClock(NOW + DAY - 1);
  expect((await server.post(server.mint({ jti: 'jti_1' }).token)).bytes.equals(first.bytes)).toBe(true);
  server.setClock(NOW + DAY);
  const later = await server.post(server.mint({ jti: 'jti_1' }).token);
  expect([later.status, later.body.default_api_key]).toEqual([200, null]);
  expect(later.body.workspace).toEqual(first.body.workspace);
  expect(await counts(server.paths.database)).toEqual(ONE_SIGN_IN);
  expect(await query(server.paths.database, 'SELECT outcome FROM callback_records')).toEqual([{ outcome: 'seen' }]);
});

test('keeps a record as long as its token, however short the time to live', async () => {
  await using server = await testServer({ 'idempotency-ttl': '1s' });
  server.setClock(NOW);
  const { token } = server.mint({ expiresIn: 7200.25 });
  const first = await server.post(token);
  expect(first.status).toBe(200);
  server.setClock(NOW + 2 * HOUR);
  expect((await server.post(token)).bytes.equals(first.bytes)).toBe(true);
});

/** Copies of the one stored answer, which have expired. */
async function expiredRecords(database: string, count: number): Promise<void> {
  const [record = {}] = await query(database, 'SELECT * FROM callback_records');
  const kept = Object.keys(record).filter((name) => !['seq', 'idempotency_key', 'expires_at'].includes(name));
  const expired = ENGINE === 'sqlite' ? '1' : "'1970-01-02T00:00:00Z'";
  await execute(
    database,
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
     INSERT INTO callback_records (idempotency_key, expires_at, ${kept.join(', ')})
     SELECT 'workos-jti:expired_' || i, ${expired}, ${kept.join(', ')} FROM callback_records, n`,
  );
}

test('a start waits for no sweep: callbacks are answered meanwhile, a stop ends it, and the next start goes on', async () => {
  const swept = Promise.withResolvers<void>();
  const held = Promise.withResolvers<AbortSignal | undefined>();
  const wrapping: Wrapping = {
    store: (store) => ({
      ...store,
      async sweep(now, signal) {
        held.resolve(signal);
        await swept.promise;
        return store.sweep(now, signal);
      },
    }),
  };
  using directory = temporaryDirectory();
  const first = await testServer({}, directory, wrapping);
  const { token } = first.mint();
  const { bytes } = await first.post(token);
  expect((await first.post(token)).bytes.equals(bytes)).toBe(true);
  const { database } = first.paths;
  await expiredRecords(database, 6000);
  const signal = await held.promise;
  expect(signal?.aborted).toBe(false);
  const stopped = first.running.stop();
  await expect.poll(() => signal?.aborted).toBe(true);
  swept.resolve();
  await stopped;
  expect((await counts(database)).records).toBeGreaterThan(1);
  expect(first.warnings).toEqual([]);

  const second = await testServer({}, directory);
  expect((await second.post(token)).bytes.equals(bytes)).toBe(true);
  await second.running.stop();
  expect(second.warnings).toEqual([]);
  await using third = await testServer({}, directory);
  await expect.poll(async () => (await counts(database)).records).toBe(1);
  expect((await third.post(token)).bytes.equals(bytes)).toBe(true);
});

test('#34 answers with the stored bytes or as a returning member while records are swept', async () => {
  using directory = temporaryDirectory();
  await using sweeping = await openStore(directory.path);
  await using serving = await openStore(directory.path);
  const keys = Array.from({ length: 1200 }, (_, index) => `workos-jti:${index}`);
  const stored = new Map<string, string>();
  for (const idempotencyKey of keys) {
    const { body } = await sweeping.store.resolveMember(callbackOf({ idempotencyKey }));
    stored.set(idempotencyKey, Buffer.from(body).toString());
  }
  const sweep = sweeping.store.sweep(NOW + DAY);
  // One clock is behind the expiry and one has reached it.
  const answered = (some: readonly string[]) =>
    Promise.all(
      some.flatMap((idempotencyKey) =>
        [NOW + DAY - 1, NOW + DAY].map(async (now) => ({
          idempotencyKey,
          answer: await serving.store.resolveMember(callbackOf({ idempotencyKey, now })),
        })),
      ),
    );
  const answers: Awaited<ReturnType<typeof answered>> = [];
  // As many at once as a server has connections for: who waits for one on a busy machine is refused in the end.
  for (let first = 0; first < keys.length; first += 5) answers.push(...(await answered(keys.slice(first, first + 5))));
  expect(await sweep).toBeGreaterThan(0);
  for (const { idempotencyKey, answer } of answers) {
    const text = Buffer.from(answer.body).toString();
    if (text === stored.get(idempotencyKey)) expect(answer.outcome).toBe('replayed');
    else expect(JSON.parse(text).default_api_key).toBeNull();
  }
  expect(await counts(serving.database)).toEqual({ ...ONE_SIGN_IN, records: keys.length });
});

test('#39 runs nothing again when the clock goes back an hour', async () => {
  await using server = await testServer();
  server.setClock(NOW);
  const { token } = server.mint({ issuedAt: NOW / 1000 - 7200, expiresIn: 10_800 });
  const first = await server.post(token);
  await using observer = await observe(server.paths.database);
  server.setClock(NOW - HOUR);
  const again = await server.post(token);
  expect([again.status, again.bytes.toString()]).toEqual([200, first.bytes.toString()]);
  expect(await observer.changes()).toEqual(UNCHANGED);
});

test('#40 expires token and record when the clock goes forward two days', async () => {
  await using server = await testServer();
  server.setClock(NOW);
  const { token } = server.mint({ jti: 'jti_1' });
  await server.post(token);
  server.setClock(NOW + 2 * DAY);
  expect((await server.post(token)).body.error.reason).toBe('expired');
  const later = await server.post(server.mint({ jti: 'jti_1' }).token);
  expect([later.status, later.body.default_api_key]).toEqual([200, null]);
});

test('#41 answers alike on two servers whose clocks differ by five minutes, in order of arrival', async () => {
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

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { readPeppers } from '../../../src/store/peppers.ts';
import { seal } from '../../../src/store/seal.ts';
import { testServer } from '../../support/server.ts';
import { counts, execute, ONE_SIGN_IN, observe, query, UNCHANGED } from '../../support/stored.ts';

test('#1 answers a new user with a secret, and stores one of everything', async () => {
  await using server = await testServer();
  const answer = await server.post(server.mint().token);
  expect(answer.status).toBe(200);
  expect(answer.body.default_api_key.secret).toMatch(/^ap_pk_preview_[0-9A-HJKMNP-TV-Z]{16}_[A-Za-z0-9_-]{43}$/);
  expect(await counts(server.paths.database)).toEqual(ONE_SIGN_IN);
  expect(await query(server.paths.database, 'SELECT outcome, status FROM callback_records')).toEqual([
    { outcome: 'provisioned', status: 200 },
  ]);
});

test('#2 answers the same token with the same bytes, secret included, and changes nothing', async () => {
  await using server = await testServer();
  const { token } = server.mint();
  const first = await server.post(token);
  await using observer = await observe(server.paths.database);
  const again = await server.post(token);
  expect(again.status).toBe(200);
  expect(again.bytes.equals(first.bytes)).toBe(true);
  expect(await observer.changes()).toEqual(UNCHANGED);
});

test('#3 answers the same token 1,000 times with the same bytes, without growing the write-ahead log', async () => {
  await using server = await testServer();
  const { token } = server.mint();
  const first = await server.post(token);
  await using observer = await observe(server.paths.database);
  for (let batch = 0; batch < 20; batch++) {
    const answers = await Promise.all(Array.from({ length: 50 }, () => server.post(token)));
    expect(answers.every(({ status, bytes }) => status === 200 && bytes.equals(first.bytes))).toBe(true);
  }
  expect(await observer.changes()).toEqual(UNCHANGED);
});

test('#4 answers a new token of the same user without a key, and updates last_seen_at', async () => {
  await using server = await testServer();
  server.setClock(Date.UTC(2026, 0, 1));
  const first = await server.post(server.mint().token);
  server.setClock(Date.UTC(2026, 0, 2));
  const second = await server.post(server.mint().token);
  expect(second.body.default_api_key).toBeNull();
  expect(second.body.workspace).toEqual(first.body.workspace);
  expect(second.body.workspace_member).toEqual({
    ...first.body.workspace_member,
    last_seen_at: '2026-01-02T00:00:00.000Z',
  });
  expect(await counts(server.paths.database)).toEqual({ ...ONE_SIGN_IN, records: 2 });
});

test('#12 replays the stored answer for the same token id despite a changed address or email claim', async () => {
  await using server = await testServer();
  const { claims } = server.mint({ jti: 'jti_1' });
  const first = await server.post(server.mint({ jti: 'jti_1' }).token);
  server.users.changeEmail(String(claims.sub), 'renamed@example.com', '2026-01-01T00:00:00.000Z');
  await using observer = await observe(server.paths.database);
  const renamed = server.mint({
    sub: String(claims.sub),
    jti: 'jti_1',
    claims: { email: 'claimed@example.com' },
  });
  const again = await server.post(renamed.token);
  expect(again.bytes.equals(first.bytes)).toBe(true);
  expect(again.body.workspace_member.email).toBe('ada@example.com');
  expect(await observer.changes()).toEqual(UNCHANGED);
});

test("#13 updates the member's address with a new token, and keeps workspace and key", async () => {
  await using server = await testServer();
  const { token, claims } = server.mint();
  const first = await server.post(token);
  const keys = await query(server.paths.database, 'SELECT * FROM api_keys');
  server.users.changeEmail(String(claims.sub), 'renamed@example.com', '2026-01-01T00:00:00.000Z');
  const second = await server.post(server.mint({ sub: String(claims.sub) }).token);
  expect(second.body.workspace_member.email).toBe('renamed@example.com');
  expect(second.body.workspace_member.id).toBe(first.body.workspace_member.id);
  expect(second.body.workspace).toEqual(first.body.workspace);
  expect(await query(server.paths.database, 'SELECT * FROM api_keys')).toEqual(keys);
});

test('#42 sends the stored bytes unchanged, whatever characters they contain', async () => {
  await using server = await testServer();
  const { token } = server.mint({ email: `"ünï\\'\u{1f600}"@exämple.com` });
  const first = await server.post(token);
  const again = await server.post(token);
  expect(again.bytes.equals(first.bytes)).toBe(true);
  const sha256 = createHash('sha256').update(again.bytes).digest('hex');
  expect(await query(server.paths.database, 'SELECT body_sha256 FROM callback_records')).toEqual([
    { body_sha256: sha256 },
  ]);
});

test('#43 marks a replay, keeps type and length, and gives it its own request id', async () => {
  await using server = await testServer();
  const { token } = server.mint();
  const first = await server.post(token, { 'x-request-id': 'request-one' });
  const again = await server.post(token, { 'x-request-id': 'request-two' });
  expect(first.headers.get('idempotency-replayed')).toBeNull();
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  for (const name of ['content-type', 'content-length', 'cache-control'])
    expect(again.headers.get(name)).toBe(first.headers.get(name));
  expect(again.headers.get('x-request-id')).toBe('request-two');
  expect(again.bytes.toString()).not.toContain('request-one');
});

test('#44 sends an answer stored by another version verbatim', async () => {
  await using server = await testServer();
  const { token } = server.mint();
  await server.post(token);
  const [record] = (await query(server.paths.database, 'SELECT * FROM callback_records')) as Record<string, string>[];
  const { issuer, subject, idempotency_key, key_public_id, created_at } = record as Record<
    'issuer' | 'subject' | 'idempotency_key' | 'key_public_id' | 'created_at',
    string
  >;
  const old = Buffer.from('{ "scopes":["publish"],\n  "workspace":{"name":"\\u00fc","id":1.0},"b":1,"a":2 }');
  const pepper = readPeppers(server.paths.peppers)!.current;
  const context = { issuer, subject, idempotency_key, key_public_id, created_at };
  const sealed = seal(old, context, pepper, { bytes: (size) => Buffer.alloc(size, 7) });
  await execute(
    server.paths.database,
    'UPDATE callback_records SET body_sealed = ?, body_sha256 = ?',
    sealed,
    createHash('sha256').update(old).digest(),
  );
  const again = await server.post(token);
  expect(again.bytes.toString()).toBe(old.toString());
});

test("#45 ignores the client's Accept headers for a replay", async () => {
  await using server = await testServer();
  const { token } = server.mint();
  const first = await server.post(token, { accept: 'application/json' });
  for (const headers of [{ accept: 'text/html' }, { 'accept-encoding': 'gzip, br' }, { accept: '*/*;q=0' }]) {
    const again = await server.post(token, headers as Record<string, string>);
    expect(again.bytes.equals(first.bytes)).toBe(true);
    expect(again.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(again.headers.get('content-encoding')).toBeNull();
  }
});

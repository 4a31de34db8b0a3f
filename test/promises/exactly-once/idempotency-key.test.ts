import { expect, test } from 'vitest';
import { testServer } from '../../support/server.ts';
import { counts, ONE_SIGN_IN, observe, query, UNCHANGED } from '../../support/stored.ts';

test('#5 replays the first answer for the same jti and a different sid', async () => {
  await using server = await testServer();
  const first = await server.post(server.mint({ jti: 'jti_1', sid: 'session_1' }).token);
  const second = await server.post(server.mint({ jti: 'jti_1', sid: 'session_2' }).token);
  expect(second.bytes.equals(first.bytes)).toBe(true);
  expect(second.headers.get('idempotency-replayed')).toBe('true');
  expect(await counts(server.paths.database)).toEqual(ONE_SIGN_IN);
});

test('#6 treats a different jti of the same sid as a returning member', async () => {
  await using server = await testServer();
  await server.post(server.mint({ jti: 'jti_1', sid: 'session_1' }).token);
  const second = await server.post(server.mint({ jti: 'jti_2', sid: 'session_1' }).token);
  expect(second.body.default_api_key).toBeNull();
  expect(
    await query(server.paths.database, 'SELECT idempotency_key, outcome FROM callback_records ORDER BY rowid'),
  ).toEqual([
    { idempotency_key: 'workos-jti:jti_1', outcome: 'provisioned' },
    { idempotency_key: 'workos-jti:jti_2', outcome: 'seen' },
  ]);
});

test('#7 replays the first answer, with its address and time, for a second token of a session without jti', async () => {
  await using server = await testServer();
  const { token, claims } = server.mint({ jti: null, sid: 'session_1' });
  const first = await server.post(token);
  server.users.changeEmail(String(claims.sub), 'renamed@example.com', '2026-01-01T00:00:00.000Z');
  await using observer = await observe(server.paths.database);
  const later = server.mint({ sub: String(claims.sub), jti: null, sid: 'session_1', expiresIn: 600 });
  expect(later.token).not.toBe(token);
  const second = await server.post(later.token);
  expect(second.bytes.equals(first.bytes)).toBe(true);
  expect(await observer.changes()).toEqual(UNCHANGED);
});

test('#8 treats a later token of the session without a jti as a returning member', async () => {
  await using server = await testServer();
  await server.post(server.mint({ jti: 'jti_1', sid: 'session_1' }).token);
  const second = await server.post(server.mint({ jti: null, sid: 'session_1' }).token);
  expect(second.body.default_api_key).toBeNull();
  expect(await query(server.paths.database, 'SELECT idempotency_key FROM callback_records ORDER BY rowid')).toEqual([
    { idempotency_key: 'workos-jti:jti_1' },
    { idempotency_key: 'workos-session:session_1' },
  ]);
});

test('#9 keeps a jti apart from an equal sid of another token', async () => {
  await using server = await testServer();
  await server.post(server.mint({ jti: 'same', sid: null }).token);
  const second = await server.post(server.mint({ jti: null, sid: 'same' }).token);
  expect(second.headers.get('idempotency-replayed')).toBeNull();
  expect((await counts(server.paths.database)).records).toBe(2);
});

test('#10 gives different users of one jti separate answers, and warns in the log', async () => {
  await using server = await testServer();
  const tokens = ['ada', 'bob'].map((name) => server.mint({ email: `${name}@example.com`, jti: 'jti_1' }).token);
  const [ada, bob] = [await server.post(tokens[0]), await server.post(tokens[1])];
  expect(ada.body.workspace_member.email).toBe('ada@example.com');
  expect(bob.body.workspace_member.email).toBe('bob@example.com');
  expect(bob.body.default_api_key.secret).not.toBe(ada.body.default_api_key.secret);
  expect((await server.post(tokens[0])).bytes.equals(ada.bytes)).toBe(true);
  expect((await server.post(tokens[1])).bytes.equals(bob.bytes)).toBe(true);
  expect(server.logged.map(({ warning }) => warning)).toEqual([
    undefined,
    'jti_reused_across_subjects',
    undefined,
    undefined,
  ]);
});

test('#11 treats another issuer of the same jti and user separately, without a second secret', async () => {
  let server = await testServer();
  const options = { sub: 'user_1', jti: 'jti_1' };
  const first = await server.post(server.mint(options).token);
  server = await server.restart({ issuer: 'https://auth.example.com' });
  await using _ = server;
  const second = await server.post(server.mint(options).token);
  expect(second.headers.get('idempotency-replayed')).toBeNull();
  expect(second.body.default_api_key).toBeNull();
  expect(second.body.workspace).toEqual(first.body.workspace);
  expect(await counts(server.paths.database)).toEqual({ ...ONE_SIGN_IN, records: 2 });
});

test('treats an issuer with and without its trailing slash as one', async () => {
  await using server = await testServer();
  const first = await server.post(server.mint({ jti: 'jti_1' }).token);
  const second = await server.post(server.mint({ jti: 'jti_1', issuer: 'https://api.workos.com/' }).token);
  expect(second.bytes.equals(first.bytes)).toBe(true);
});

test('#14 gives two users of one address two workspaces', async () => {
  await using server = await testServer();
  const answers = [];
  for (const sub of ['user_1', 'user_2']) answers.push(await server.post(server.mint({ sub }).token));
  expect(answers[0]!.body.workspace.id).not.toBe(answers[1]!.body.workspace.id);
  expect(answers.map(({ body }) => body.workspace_member.email)).toEqual(['ada@example.com', 'ada@example.com']);
  expect((await counts(server.paths.database)).members).toBe(2);
});

test('#15 joins users by user id, not by addresses that differ in case', async () => {
  await using server = await testServer();
  const upper = await server.post(server.mint({ sub: 'user_1', email: 'ADA@example.com' }).token);
  const lower = await server.post(server.mint({ sub: 'user_2', email: 'ada@example.com' }).token);
  expect(upper.body.workspace_member.email).toBe('ADA@example.com');
  expect(lower.body.default_api_key).not.toBeNull();
  const again = await server.post(server.mint({ sub: 'user_1' }).token);
  expect(again.body.workspace).toEqual(upper.body.workspace);
});

test('stores and replays the longest ids that the verifier accepts', async () => {
  await using server = await testServer();
  const longest = '\u{10400}'.repeat(127).padEnd(255, 'x');
  for (const ids of [
    { jti: longest, sid: null },
    { jti: null, sid: longest },
  ]) {
    const { token } = server.mint({ sub: 'u'.repeat(255), ...ids });
    const first = await server.post(token);
    expect(first.status).toBe(200);
    expect((await server.post(token)).bytes.equals(first.bytes)).toBe(true);
  }
});

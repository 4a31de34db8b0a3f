/** What a test can do with its server: users, keys, the clock, and what it can ask. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { playWorkos } from '../../src/library/msw.ts';
import { startServer } from '../../src/library/testing.ts';
import type { NewUser, TestServer } from '../../src/library/types.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server.stop());

async function post(token: string) {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(server.callbackUrl, { method: 'POST', headers });
  // biome-ignore lint/suspicious/noExplicitAny: the body of an answer is whatever the test says it is
  return { status: response.status, body: (await response.json()) as any };
}

const reasonOf = async (token: string) => (await post(token)).body.error?.reason;

describe('the clock', () => {
  test('is moved for the verifier, mint and records alike', async () => {
    const { token } = server.mint({ jti: 'jti_1', expiresIn: '5m' });
    const first = await post(token);
    server.advance('10m');
    expect(await reasonOf(token)).toBe('expired');
    const again = server.mint({ jti: 'jti_1' });
    expect((await post(again.token)).body).toEqual(first.body);
    server.advance(24 * 60 * 60);
    expect((await post(server.mint({ jti: 'jti_1' }).token)).body.default_api_key).toBeNull();
    const [last, , , oldest] = await server.inspect('callbacks');
    expect(Date.parse(last?.at ?? '') - Date.parse(oldest?.at ?? '')).toBeGreaterThanOrEqual(87_000_000);
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, '5', '-5m', 'soon', undefined, null])(
    'is not moved by %s',
    (time) => {
      expect(() => server.advance(time as number)).toThrow(/^advance: /);
    },
  );
});

test('users are added and get another address, which the next sign-in brings', async () => {
  const { id } = server.addUser({ email: 'ada@example.com' });
  await post(server.mint({ sub: id }).token);
  server.changeEmail(id, 'ada.king@example.com');
  expect(await server.inspect('members')).toMatchObject([{ email: 'ada@example.com' }]);
  await post(server.mint({ sub: id }).token);
  expect(await server.inspect('members')).toMatchObject([{ workos_user_id: id, email: 'ada.king@example.com' }]);
  expect(() => server.addUser({ email: 'b@example.com', id })).toThrow(id);
});

test('keys are rotated and retired', async () => {
  const old = server.mint();
  const kid = await server.rotateKeys();
  expect(server.mint().header.kid).toBe(kid);
  expect((await post(old.token)).status).toBe(200);
  await server.retireKey(String(old.header.kid));
  expect(await reasonOf(server.mint({ kid: String(old.header.kid) }).token)).toBe('kid_unknown');
  expect((await post(server.mint().token)).status).toBe(200);
  await expect(server.retireKey(kid)).rejects.toThrow(/last/);
  await expect(server.retireKey('unknown')).rejects.toThrow(/unknown/);
});

test('rows are found by their values, also beyond a hundred', async () => {
  const { token } = server.mint({ email: 'ada@example.com', jti: 'jti_1' });
  for (let sent = 0; sent < 105; sent++) await post(token);
  await post(server.mint({ faults: ['expired'] }).token);
  expect(await server.inspect('callbacks')).toHaveLength(100);
  expect(await server.inspect('callbacks', { limit: 10_000 })).toHaveLength(106);
  const replayed = { outcome: 'replayed', token_id: 'jti_1' };
  expect(await server.inspect('callbacks', { where: replayed, limit: 200 })).toHaveLength(104);
  expect(await server.inspect('callbacks', { where: { reason: 'expired' } })).toMatchObject([{ status: 401 }]);
  expect(await server.inspect('members', { where: { email: 'unknown@example.com' } })).toEqual([]);
  expect(await server.inspect('keys', { where: { revoked_at: null } })).toHaveLength(1);
});

test('the log has what was asked, and no token', async () => {
  const { token, claims } = server.mint();
  await post(token);
  expect(await reasonOf(server.mint({ faults: ['signature-bit'] }).token)).toBe('bad_signature');
  expect(server.log).toMatchObject([
    { method: 'POST', path: '/v1/auth/web/callback', outcome: 'provisioned', user: claims.sub },
    { status: 401, reason: 'bad_signature', claimed_user: claims.sub },
  ]);
  expect(JSON.stringify(server.log)).not.toContain(token);
});

describe('wrong calls are refused in one line', () => {
  test.each<[string, () => unknown, RegExp]>([
    [
      'a field',
      () => server.inspect('callbacks', { where: { outcom: 'seen' } as object }),
      /no field "outcom" \(did you/,
    ],
    ['a filter', () => server.inspect('members', { were: {} } as object), /unknown option "were"/],
    ['a limit of 0', () => server.inspect('members', { limit: 0 }), /limit must be a whole number/],
    [
      'a limit that is a text',
      () => server.inspect('members', { limit: '5' } as object),
      /limit must be a whole number/,
    ],
    ['a user without an address', async () => server.addUser({} as NewUser), /email/],
    ['an address that is none', async () => server.addUser({ email: 'ada' }), /email/],
    ['a name of an option', async () => server.addUser({ emial: 'a@b.co' } as unknown as NewUser), /"emial" \(did you/],
    ['another address of no user', async () => server.changeEmail('user_1', 'a@b.co'), /there is no user "user_1"/],
    ['no address for a user', async () => server.changeEmail('user_1', undefined as unknown as string), /email/],
  ])('%s', async (_, call, message) => {
    await expect((async () => call())()).rejects.toThrow(message);
  });

  test('after stop', async () => {
    await server.stop();
    for (const call of [
      async () => server.addUser({ email: 'a@example.com' }),
      async () => server.changeEmail('user_1', 'a@example.com'),
      () => server.rotateKeys(),
      () => server.retireKey('kid'),
    ])
      await expect(call()).rejects.toThrow('was stopped');
  });
});

test('the played WorkOS tells another address of a user', async () => {
  using workos = await playWorkos();
  const { id } = workos.addUser({ email: 'ada@example.com' });
  workos.changeEmail(id, 'ada.king@example.com');
  expect(() => workos.changeEmail('user_unknown', 'a@example.com')).toThrow('there is no user');
  expect(workos.mint({ email: 'ada.king@example.com' }).claims.sub).toBe(id);
});

test('a server in memory is inspected as one with files', async () => {
  await using server = await startServer({ settings: { db: ':memory:' } });
  const { token } = server.mint({ email: 'ada@example.com' });
  for (const bearer of [token, token, 'x'])
    await fetch(server.callbackUrl, { method: 'POST', headers: { authorization: `Bearer ${bearer}` } });
  expect(await server.inspect('members')).toMatchObject([{ email: 'ada@example.com' }]);
  expect((await server.inspect('callbacks')).map(({ outcome }) => outcome)).toEqual([
    'refused',
    'replayed',
    'provisioned',
  ]);
  expect(await server.inspect('users', { where: { email: 'ada@example.com' } })).toHaveLength(1);
});

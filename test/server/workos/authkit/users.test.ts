/** Users as the SDKs of WorkOS change, find and remove them. */
import { WorkOS as WorkOS10 } from '@workos-inc/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WorkOS as WorkOS11 } from 'workos-node-11';
import { LOCAL_API_KEY, LOCAL_CLIENT_ID } from '../../../../src/machine/settings.ts';
import { assertMatchesContract } from '../../../support/contract.ts';
import { query } from '../../../support/database.ts';
import { type TestServer, testServer } from '../../../support/server.ts';
import { authenticate, codeFor, exchange, refresh } from '../../../support/sign-in.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const options = () => ({
  apiHostname: '127.0.0.1',
  port: server.running.port,
  https: false,
  clientId: LOCAL_CLIENT_ID,
});
const USERS = '/user_management/users';

async function ask(method: string, path: string, body?: unknown, key = LOCAL_API_KEY) {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: the body of an answer is whatever the test says it is
  const answered: any = await response.json();
  const answer = { status: response.status, headers: response.headers, body: answered };
  assertMatchesContract(method, path, answer);
  return answer;
}

describe.each([
  ['10', () => new WorkOS10(LOCAL_API_KEY, options()).userManagement],
  ['11', () => new WorkOS11(LOCAL_API_KEY, options()).userManagement],
])('@workos-inc/node %s', (version, sdk) => {
  const address = (name: string) => `${name}-${version}@example.com`;

  test('makes a user with everything that a user can have, changes and removes them', async () => {
    const made = await sdk().createUser({
      email: address('whole'),
      firstName: 'Ada',
      emailVerified: false,
      externalId: `legacy-${version}`,
      metadata: { plan: 'pro', team: 'engines' },
      password: 'correct horse',
    });
    expect(made).toMatchObject({
      emailVerified: false,
      externalId: `legacy-${version}`,
      metadata: { plan: 'pro', team: 'engines' },
      lastSignInAt: null,
    });
    expect(await sdk().getUserByExternalId(`legacy-${version}`)).toEqual(made);
    const changed = await sdk().updateUser({
      userId: made.id,
      email: address('changed'),
      lastName: 'Lovelace',
      emailVerified: true,
      externalId: `new-${version}`,
      metadata: { plan: 'free' },
      password: 'battery staple',
    });
    expect(changed).toMatchObject({
      email: address('changed'),
      firstName: 'Ada',
      lastName: 'Lovelace',
      emailVerified: true,
      externalId: `new-${version}`,
      metadata: { plan: 'free', team: 'engines' },
    });
    expect(await sdk().getUser(made.id)).toEqual(changed);
    const signedIn = await sdk().authenticateWithPassword({
      clientId: LOCAL_CLIENT_ID,
      email: address('changed'),
      password: 'battery staple',
    });
    expect(signedIn).toMatchObject({ authenticationMethod: 'Password', user: { id: made.id } });
    expect((await sdk().getUser(made.id)).lastSignInAt).toBe(signedIn.user.lastSignInAt);
    await sdk().deleteUser(made.id);
    await expect(sdk().getUser(made.id)).rejects.toMatchObject({ status: 404 });
    await expect(sdk().getUserByExternalId(`new-${version}`)).rejects.toMatchObject({ status: 404 });
  });

  test('lists by which providers a user has signed in', async () => {
    for (const provider of ['GitHubOAuth', 'GoogleOAuth', 'authkit'])
      await exchange(server.url, await codeFor(server.url, address('identities'), { provider }));
    const { id } = server.users.findByEmail(address('identities')) ?? { id: '' };
    const identities = await sdk().getUserIdentities(id);
    expect(identities.map(({ provider, type }) => [provider, type])).toEqual([
      ['GitHubOAuth', 'OAuth'],
      ['GoogleOAuth', 'OAuth'],
    ]);
    await expect(sdk().getUserIdentities('user_nobody')).rejects.toMatchObject({ status: 404 });
  });
});

describe('a change', () => {
  test('that says nothing changes nothing but its time', async () => {
    const { body: made } = await ask('POST', USERS, { email: 'same@example.com', external_id: 'same' });
    const { status, body } = await ask('PUT', `${USERS}/${made.id}`, {});
    expect([status, body]).toEqual([200, { ...made, updated_at: body.updated_at }]);
  });

  test('takes away what is null', async () => {
    const members = { email: 'null@example.com', external_id: 'null', first_name: 'N', metadata: { a: '1', b: '2' } };
    const { body: made } = await ask('POST', USERS, members);
    const change = { external_id: null, first_name: null, metadata: { a: null } };
    const { body } = await ask('PUT', `${USERS}/${made.id}`, change);
    expect(body).toMatchObject({ external_id: null, first_name: null, metadata: { b: '2' } });
  });

  test.each([
    ['one more', 'put more', 1],
    ['fifty others', 'put more', 50],
    ['fifty-one at once', 'made', 51],
  ])('adds no entry of metadata beyond the fiftieth: %s', async (_, how, count) => {
    const entries = (from: number, to: number) =>
      Object.fromEntries(Array.from({ length: to - from }, (_, index) => [`name${from + index}`, 'x']));
    const email = `many-${crypto.randomUUID()}@example.com`;
    if (how === 'made') {
      expect((await ask('POST', USERS, { email, metadata: entries(0, count) })).status).toBe(422);
      return;
    }
    const { body: full } = await ask('POST', USERS, { email, metadata: entries(0, 50) });
    const more = entries(50, 50 + count);
    expect(await ask('PUT', `${USERS}/${full.id}`, { metadata: more })).toMatchObject({
      status: 422,
      body: { code: 'invalid_request_parameters', message: expect.stringContaining('at most 50 entries') },
    });
    expect((await ask('GET', `${USERS}/${full.id}`)).body).toEqual(full);
    // Others may take the place of those that go.
    const gone = Object.fromEntries(Object.keys(entries(0, count)).map((name) => [name, null]));
    if (count > 25) return;
    const { status, body } = await ask('PUT', `${USERS}/${full.id}`, { metadata: { ...gone, ...more } });
    expect([status, Object.keys(body.metadata).length]).toEqual([200, 50]);
  });

  test('may write the own address and external id again, in another case too', async () => {
    const { body } = await ask('POST', USERS, { email: 'own@example.com', external_id: 'own' });
    const change = { email: 'OWN@example.com', external_id: 'own' };
    expect(await ask('PUT', `${USERS}/${body.id}`, change)).toMatchObject({ status: 200, body: change });
  });

  test.each([
    ['address', { email: 'TAKEN@example.com' }, 'email_not_available'],
    ['external id', { external_id: 'taken' }, 'external_id_already_used'],
  ])('to the %s of another user is refused, and so is a new user with it', async (_, members, code) => {
    await ask('POST', USERS, { email: 'taken@example.com', external_id: 'taken' });
    const { body: other } = await ask('POST', USERS, { email: `other-${code}@example.com` });
    const changed = await ask('PUT', `${USERS}/${other.id}`, members);
    expect([changed.status, changed.body.code, changed.body.errors[0].code]).toEqual([400, 'user_update_error', code]);
    const made = await ask('POST', USERS, { email: `new-${code}@example.com`, ...members });
    expect([made.status, made.body.code, made.body.errors[0].code]).toEqual([400, 'user_creation_error', code]);
    expect((await ask('GET', `${USERS}/${other.id}`)).body).toEqual(other);
  });

  test.each([
    ['no object', '[]'],
    ['no JSON', '{'],
    ['an address that is none', { email: 'ada' }],
    ['an address that is null', { email: null }],
    ['a name of two lines', { first_name: 'a\nb' }],
    ['a verification that is no boolean', { email_verified: 'yes' }],
    ['an empty external id', { external_id: '' }],
    ['an external id with NUL', { external_id: '\0' }],
    ['an external id of 256', { external_id: 'x'.repeat(256) }],
    ['metadata that is a list', { metadata: ['a'] }],
    ['metadata with a number', { metadata: { a: 1 } }],
    ['metadata with a long name', { metadata: { ['x'.repeat(41)]: 'a' } }],
    ['metadata with a long value', { metadata: { a: 'x'.repeat(601) } }],
    ['an empty password', { password: '' }],
    ['a long password', { password: 'x'.repeat(1001) }],
    ['a hash of a password', { password_hash: '$2b$10$x', password_hash_type: 'bcrypt' }],
  ])('with %s is refused, and so is a new user with it', async (_, members) => {
    const { body: known } = await ask('POST', USERS, { email: `bad-${crypto.randomUUID()}@example.com` });
    const more = typeof members === 'string' ? members : { email: 'fresh@example.com', ...members };
    for (const [method, path, body] of [
      ['PUT', `${USERS}/${known.id}`, members],
      ['POST', USERS, more],
    ] as const)
      expect(await ask(method, path, body)).toMatchObject({
        status: 422,
        body: { code: 'invalid_request_parameters' },
      });
    expect((await ask('GET', `${USERS}/${known.id}`)).body).toEqual(known);
    expect(server.users.findByEmail('fresh@example.com')).toBeUndefined();
  });

  test('is one of few that reach their route: each needs the key and a user', async () => {
    for (const [method, path] of [
      ['PUT', `${USERS}/user_nobody`],
      ['DELETE', `${USERS}/user_nobody`],
      ['GET', `${USERS}/external_id/nobody`],
      ['GET', `${USERS}/user_nobody/identities`],
    ] as const) {
      const body = method === 'PUT' ? {} : undefined;
      expect((await ask(method, path, body, 'sk_test_other')).status).toBe(401);
      expect(await ask(method, path, body)).toMatchObject({ status: 404, body: { code: 'entity_not_found' } });
    }
    expect((await ask('PATCH', `${USERS}/user_nobody`)).headers.get('allow')).toBe('GET, HEAD, PUT, DELETE');
  });
});

test('a user who is removed has no session, code or membership any more', async () => {
  const email = 'removed@example.com';
  const first = await exchange(server.url, await codeFor(server.url, email));
  const code = await codeFor(server.url, email);
  const { id } = first.body.user;
  expect(await ask('DELETE', `${USERS}/${id}`)).toMatchObject({ status: 200, body: { id, email } });
  expect((await refresh(server.url, first.body.refresh_token)).body.error).toBe('invalid_grant');
  expect((await exchange(server.url, code)).body.error).toBe('invalid_grant');
  expect(query(server.paths.users, `SELECT count(*) AS n FROM sessions WHERE user_id = '${id}'`)).toEqual([{ n: 0 }]);
  expect((await server.post(first.body.access_token)).status).toBe(401);
});

test('a password is stored as scrypt alone, and a change of it refuses the old one', async () => {
  const { body } = await ask('POST', USERS, { email: 'secret@example.com', password: 'canary-password' });
  const stored = () =>
    query(server.paths.users, `SELECT password_hash AS hash FROM users WHERE id = '${body.id}'`)[0]?.hash;
  expect(stored()).toMatch(/^scrypt\$[\w-]{22}\$[\w-]{43}$/);
  expect(JSON.stringify(body)).not.toContain('scrypt');
  const tried = async (password: string) =>
    (await authenticate(server.url, { grant_type: 'password', email: 'Secret@example.com', password })).status;
  expect(await tried('canary-password')).toBe(200);
  const before = stored();
  await ask('PUT', `${USERS}/${body.id}`, { first_name: 'S' });
  expect(stored()).toBe(before);
  await ask('PUT', `${USERS}/${body.id}`, { password: 'another' });
  expect([await tried('canary-password'), await tried('another')]).toEqual([400, 200]);
});

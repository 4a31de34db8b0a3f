import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { identify, localUsers, remoteUsers } from '../../src/callback/user.ts';
import { type StubAnswer, type WorkosStub, workosStub } from '../promises/bad-inputs/workos-stub.ts';
import { refused } from './token/examine.ts';

const TOKEN = {
  issuer: 'https://issuer.example',
  subject: 'user_1',
  tokenId: 'jti_1',
  sessionId: null,
  expiresAt: 1,
  idempotencyKey: 'workos-jti:jti_1',
};
const USER = { id: 'user_1', email: 'ada@example.com' };

async function identified(lookup: (subject: string) => Promise<unknown>, token = TOKEN) {
  try {
    return { identity: await identify(token, lookup) };
  } catch (error) {
    const { reason, detail } = refused(error);
    return { reason, received: detail.received, cause: detail.cause };
  }
}

test.each<[what: string, body: unknown, reason: string, received?: string]>([
  ['null', null, 'user_endpoint_unavailable'],
  ['a text', 'user_1', 'user_endpoint_unavailable'],
  ['a list', [USER], 'user_endpoint_unavailable'],
  ['null as the user', { user: null }, 'user_endpoint_unavailable'],
  ['a list as the user', { user: [USER] }, 'user_endpoint_unavailable'],
  ['a text as the user', { user: 'user_1' }, 'user_endpoint_unavailable'],
  ['nobody', {}, 'user_id_mismatch', 'no id'],
  ['another user', { ...USER, id: 'user_2' }, 'user_id_mismatch', 'user_2'],
  ['a user with a number', { ...USER, id: 1 }, 'user_id_mismatch', 'no id'],
  ['the user beside another wrapped one', { ...USER, user: { ...USER, id: 'user_2' } }, 'user_id_mismatch', 'user_2'],
  ['no address', { id: 'user_1' }, 'user_email_missing', 'none'],
  ['a list of addresses', { ...USER, email: ['ada@example.com'] }, 'user_email_missing', 'none'],
  ...['', 'ada', '@', 'ada@', '@example.com', 'a@b@c', 'a b@c', 'a@b c', ' a@b', 'a@b\n', 'a\u200b@b', 'a@\ud800'].map(
    (email) =>
      [
        `the address ${JSON.stringify(email)}`,
        { ...USER, email },
        'user_email_missing',
        `${email.length} characters`,
      ] as [string, unknown, string, string],
  ),
  ['an address of 321 characters', { ...USER, email: `a@${'b'.repeat(319)}` }, 'user_email_missing', '321 characters'],
])('a WorkOS that answers with %s: refused', async (_, body, reason, received) => {
  const found = await identified(async () => body);
  expect(found.reason).toBe(reason);
  if (received !== undefined) expect(found.received).toBe(received);
});

test.each<[what: string, body: object, email: string]>([
  ['as it is', USER, USER.email],
  ['wrapped', { user: USER }, USER.email],
  ['with an address of 320 characters', { ...USER, email: `a@${'b'.repeat(318)}` }, `a@${'b'.repeat(318)}`],
  ['with an address in another script', { ...USER, email: 'ядро@пример' }, 'ядро@пример'],
])('a user %s gives the token its address, which no claim can', async (_, body, email) => {
  const token = { ...TOKEN, email: 'claimed@example.com' };
  expect(await identified(async () => body, token)).toEqual({ identity: { ...TOKEN, email } });
});

test('finds the users of the local directory and no others', async () => {
  const lookup = localUsers((id) => (id === 'user_1' ? USER : undefined));
  expect(await identified(lookup)).toEqual({ identity: { ...TOKEN, email: USER.email } });
  expect(await identified(lookup, { ...TOKEN, subject: 'user_2' })).toMatchObject({
    reason: 'user_fetch_failed',
    received: 'user_2',
  });
});

describe('a user endpoint', () => {
  let stub: WorkosStub;
  beforeAll(async () => {
    stub = await workosStub();
  });
  afterAll(() => stub[Symbol.asyncDispose]());
  beforeEach(() => {
    stub.requests.length = 0;
  });

  test.each<[answer: StubAnswer, reason: string, received: string]>([
    [{ status: 404, body: '{}' }, 'user_fetch_failed', 'status 404'],
    [{ status: 401, body: '{}' }, 'workos_credentials_refused', 'status 401'],
    [{ status: 403, body: '{}' }, 'workos_credentials_refused', 'status 403'],
    [{ status: 429, body: '{}' }, 'user_endpoint_unavailable', 'status 429'],
    [{ status: 500, body: '{}' }, 'user_endpoint_unavailable', 'status 500'],
    [{ status: 201, body: JSON.stringify(USER) }, 'user_endpoint_unavailable', 'status 201'],
    [{ status: 302, body: '', location: '/user_management/users/user_2' }, 'user_endpoint_unavailable', 'status 302'],
    [{ status: 200, body: '<html>' }, 'user_endpoint_unavailable', 'something that is not JSON'],
  ])('that answers %j is judged by it, and asked once', async (answer, reason, received) => {
    stub.user = () => answer;
    const found = await identified(remoteUsers({ baseUrl: stub.url, apiKey: 'sk_1' }));
    expect(found).toMatchObject({ reason, received });
    if (answer.body === '<html>') expect(found.cause).toBeInstanceOf(SyntaxError);
    expect(stub.requests).toEqual(['/user_management/users/user_1']);
  });

  test.each(['', '/'])('is found below a base URL ending in %j, with the id as one path segment', async (end) => {
    const subject = 'user_1:ü';
    stub.user = (id) => ({ status: 200, body: JSON.stringify({ ...USER, id }) });
    const lookup = remoteUsers({ baseUrl: `${stub.url}/base${end}`, apiKey: 'sk_1' });
    await identified(lookup, { ...TOKEN, subject });
    expect(stub.requests).toEqual([`/base/user_management/users/${encodeURIComponent(subject)}`]);
  });

  test("causes an outage with the system's error code when no server answers", async () => {
    const gone = await workosStub();
    await gone[Symbol.asyncDispose]();
    const found = await identified(remoteUsers({ baseUrl: gone.url, apiKey: 'sk_1' }));
    expect(found).toMatchObject({ reason: 'user_endpoint_unavailable', received: 'ECONNREFUSED' });
    expect(found.cause).toBeInstanceOf(TypeError);
  });
});

test('receives the credentials of this server and a request for JSON', async () => {
  const seen: unknown[] = [];
  const server = createServer(({ headers: { authorization, accept } }, response) => {
    seen.push({ authorization, accept });
    response.end(JSON.stringify(USER));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await remoteUsers({ baseUrl, apiKey: 'sk_1' })('user_1');
  server.close();
  expect(seen).toEqual([{ authorization: 'Bearer sk_1', accept: 'application/json' }]);
});

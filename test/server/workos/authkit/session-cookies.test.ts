/** Cookies in place of a refresh token, for the browser SDK. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LOCAL_CLIENT_ID } from '../../../../src/machine/settings.ts';
import { type TestServer, testServer } from '../../../support/server.ts';
import { authenticate, codeFor, pkce } from '../../../support/sign-in.ts';

const ORIGIN = 'http://localhost:5173';
const OPEN = { client_secret: undefined };

let server: TestServer;
beforeAll(async () => {
  server = await testServer({ 'allow-origin': [ORIGIN] });
});
afterAll(() => server[Symbol.asyncDispose]());

async function signedIn(headers: Record<string, string> = { origin: ORIGIN }) {
  const { verifier, challenge } = pkce();
  const code = await codeFor(server.url, 'ada@example.com', {
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  const members = { grant_type: 'authorization_code', code, code_verifier: verifier, ...OPEN };
  return authenticate(server.url, members, headers);
}

const byCookie = (cookie: string, headers: Record<string, string> = { origin: ORIGIN }, members: object = {}) =>
  authenticate(server.url, { grant_type: 'refresh_token', ...OPEN, ...members }, { cookie, ...headers });
/** As a browser sends them back. */
const cookiesOf = (headers: Headers) =>
  headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
const sessionOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sid;
const signOut = (id: string, cookie: string, method = 'GET') =>
  fetch(`${server.url}/user_management/sessions/logout?session_id=${id}`, {
    method,
    redirect: 'manual',
    headers: { cookie },
  });

test('an allowed origin gets two cookies, and credentials', async () => {
  const { headers, body } = await signedIn();
  expect(headers.get('access-control-allow-credentials')).toBe('true');
  expect(headers.getSetCookie()).toEqual([
    `agent_paste_refresh=${body.refresh_token}; HttpOnly; SameSite=Lax; Path=/user_management; Max-Age=2592000`,
    `workos-has-session=${LOCAL_CLIENT_ID}; SameSite=Lax; Path=/; Max-Age=2592000`,
  ]);
});

test.each([
  ['a program', {}],
  ['the server itself', { origin: 'own' }],
])('%s gets none', async (_, given: Record<string, string>) => {
  const { headers, status } = await signedIn(given.origin === undefined ? {} : { origin: server.url });
  expect([status, headers.getSetCookie()]).toEqual([200, []]);
});

test('the cookie stands for the refresh token, again and again, and gives the same answer within the grace', async () => {
  let cookie = cookiesOf((await signedIn()).headers);
  for (let round = 0; round < 3; round++) {
    const [one, other] = await Promise.all([byCookie(cookie), byCookie(cookie)]);
    expect([one.status, other.text]).toEqual([200, one.text]);
    cookie = cookiesOf(one.headers);
  }
});

test('a token in the body comes before the cookie', async () => {
  const cookie = cookiesOf((await signedIn()).headers);
  expect((await byCookie(cookie, { origin: ORIGIN }, { refresh_token: 'x' })).body.error).toBe('invalid_grant');
  expect((await byCookie(cookie, { origin: ORIGIN }, { refresh_token: 1 })).body.error).toBe('invalid_request');
});

describe('the cookie is not taken', () => {
  test.each([
    ['of a program', {}, 400],
    ['of a page of another origin', { origin: 'http://localhost:4000' }, 403],
    ['of a page without an origin', { origin: 'null' }, 403],
    ['of a foreign page', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, 403],
  ])('%s', async (_, headers: Record<string, string>, status) => {
    const cookie = cookiesOf((await signedIn()).headers);
    expect((await byCookie(cookie, headers)).status).toBe(status);
    expect((await byCookie(cookie)).status).toBe(200);
  });

  test.each(['', 'agent_paste_refresh=', 'agent_paste_refresh=x', 'workos-has-session=1'])(
    'when it is %s',
    async (cookie) => {
      expect((await byCookie(cookie)).status).toBe(400);
    },
  );
});

test('cookies of other clients are kept, and what no client id can be is dropped', async () => {
  const { challenge, verifier } = pkce();
  const code = await codeFor(server.url, 'ada@example.com', {
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  const cookie = `workos-has-session=client_other.<b>.${LOCAL_CLIENT_ID}..x y`;
  const members = { grant_type: 'authorization_code', code, code_verifier: verifier, ...OPEN };
  const { headers } = await authenticate(server.url, members, { origin: ORIGIN, cookie });
  expect(headers.getSetCookie()[1]).toMatch(new RegExp(`^workos-has-session=client_other.${LOCAL_CLIENT_ID};`));
});

test('a sign-out clears both, and leaves other clients alone', async () => {
  const { headers, body } = await signedIn();
  const cookie = cookiesOf(headers);
  const id = sessionOf(body.access_token);
  expect((await signOut(id, cookie, 'HEAD')).headers.getSetCookie()).toEqual([]);
  expect((await signOut(id, cookie)).headers.getSetCookie()).toEqual([
    'agent_paste_refresh=; HttpOnly; SameSite=Lax; Path=/user_management; Max-Age=0',
    'workos-has-session=; SameSite=Lax; Path=/; Max-Age=0',
  ]);
  const shared = await signOut(id, `workos-has-session=client_other.${LOCAL_CLIENT_ID}`);
  expect(shared.headers.getSetCookie()).toEqual(['workos-has-session=client_other; SameSite=Lax; Path=/']);
  expect((await signOut(id, 'other=1')).headers.getSetCookie()).toEqual([]);
  expect((await byCookie(cookie)).body.error).toBe('invalid_grant');
});

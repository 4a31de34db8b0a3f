/** Signing out, and the sessions of a user. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LOCAL_API_KEY } from '../../../../src/machine/settings.ts';
import { assertMatchesContract } from '../../../support/contract.ts';
import { rawRequest } from '../../../support/raw-socket.ts';
import { type TestServer, testServer } from '../../../support/server.ts';
import { codeFor, exchange, refresh } from '../../../support/sign-in.ts';

const DASHBOARD = 'http://localhost:3000';
let server: TestServer;
beforeAll(async () => {
  server = await testServer({ 'allow-origin': DASHBOARD });
});
afterAll(() => server[Symbol.asyncDispose]());

interface Session {
  readonly sid: string;
  readonly sub: string;
  readonly refreshToken: string;
}

async function signedIn(email = 'ada@example.com', on = server): Promise<Session> {
  const { body } = await exchange(on.url, await codeFor(on.url, email));
  const { sid, sub } = JSON.parse(Buffer.from(body.access_token.split('.')[1] ?? '', 'base64url').toString());
  return { sid, sub, refreshToken: body.refresh_token };
}

const signOut = (query: string, headers: Record<string, string> = {}, on = server) =>
  fetch(`${on.url}/user_management/sessions/logout?${query}`, { redirect: 'manual', headers });
const isOver = async ({ refreshToken }: Session) => (await refresh(server.url, refreshToken)).status === 400;
const withKey = { headers: { authorization: `Bearer ${LOCAL_API_KEY}` } };

describe('a sign-out', () => {
  test.each([
    ['to the origin of the dashboard', '', DASHBOARD],
    ['to return_to', '&return_to=http%3A%2F%2F127.0.0.1%3A9%2Fgoodbye%3Fx%3D1', 'http://127.0.0.1:9/goodbye?x=1'],
  ])('ends the session and leads %s', async (_, more, location) => {
    const session = await signedIn();
    const response = await signOut(`session_id=${session.sid}${more}`);
    expect([response.status, response.headers.get('location')]).toEqual([302, location]);
    expect(await isOver(session)).toBe(true);
    const again = await signOut(`session_id=${session.sid}${more}`);
    expect(again.status).toBe(302);
  });

  test('leads to --sign-out-redirect', async () => {
    await using other = await testServer({ 'sign-out-redirect': `${DASHBOARD}/bye` });
    const { sid } = await signedIn('ada@example.com', other);
    expect((await signOut(`session_id=${sid}`, {}, other)).headers.get('location')).toBe(`${DASHBOARD}/bye`);
  });

  test.each([
    '/goodbye',
    '//evil.example',
    'https://evil.example/',
    'http://localhost@evil.example/',
    'javascript:alert(1)',
    'http://localhost:3000/a#b',
  ])('to %s is refused, and ends nothing', async (target) => {
    const session = await signedIn();
    const response = await signOut(`session_id=${session.sid}&return_to=${encodeURIComponent(target)}`);
    expect([response.status, response.headers.get('location')]).toEqual([400, null]);
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(await isOver(session)).toBe(false);
  });

  test('to another port than that of an allowed redirect URI is refused', async () => {
    await using other = await testServer({ 'redirect-uri': [`${DASHBOARD}/callback`] });
    const { sid, refreshToken } = await signedIn('ada@example.com', other);
    const to = (url: string) => signOut(`session_id=${sid}&return_to=${encodeURIComponent(url)}`, {}, other);
    expect((await to('http://localhost:3001/')).status).toBe(400);
    expect((await refresh(other.url, refreshToken)).status).toBe(200);
    expect((await to(`${DASHBOARD}/any/path`)).status).toBe(302);
  });

  test.each(['', 'session_id=', 'session_id=a&session_id=b', 'return_to=http%3A%2F%2Flocalhost'])(
    'without one session_id (%s) is malformed',
    async (query) => {
      const response = await signOut(query);
      expect([response.status, await response.json()]).toMatchObject([422, { message: expect.stringMatching(/\S/) }]);
    },
  );

  test.each(['session_unknown', '../../etc/passwd', 's'.repeat(10_000)])(
    'of %.20s leads on and ends nothing',
    async (id) => {
      const session = await signedIn();
      const response = await signOut(`session_id=${encodeURIComponent(id)}&return_to=${encodeURIComponent(DASHBOARD)}`);
      expect([response.status, response.headers.get('location')]).toEqual([302, `${DASHBOARD}/`]);
      expect(await isOver(session)).toBe(false);
    },
  );

  test('of another user ends the session of that user alone', async () => {
    const [mine, other] = [await signedIn(), await signedIn('other@example.com')];
    expect((await signOut(`session_id=${other.sid}`)).status).toBe(302);
    expect([await isOver(mine), await isOver(other)]).toEqual([false, true]);
  });

  test('by HEAD ends nothing', async () => {
    const session = await signedIn();
    const target = `/user_management/sessions/logout?session_id=${session.sid}`;
    expect((await rawRequest(server.running.port, { method: 'HEAD', target })).status).toBe(302);
    expect(await isOver(session)).toBe(false);
  });

  test.each([
    ['of an allowed page', { origin: DASHBOARD, 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' }, 302],
    [
      'of an allowed page, silently',
      {
        referer: `${DASHBOARD}/`,
        'sec-fetch-mode': 'no-cors',
        'sec-fetch-dest': 'empty',
        'sec-fetch-site': 'cross-site',
      },
      302,
    ],
    [
      'of a stranger, silently',
      {
        referer: 'http://evil.example/',
        'sec-fetch-mode': 'no-cors',
        'sec-fetch-dest': 'empty',
        'sec-fetch-site': 'cross-site',
      },
      403,
    ],
    [
      'without a referrer, silently',
      { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'empty', 'sec-fetch-site': 'cross-site' },
      403,
    ],
    [
      'as an image of an allowed page',
      {
        referer: `${DASHBOARD}/`,
        'sec-fetch-mode': 'no-cors',
        'sec-fetch-dest': 'image',
        'sec-fetch-site': 'cross-site',
      },
      403,
    ],
    ['of a stranger', { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }, 403],
  ])('%s: %i', async (_, headers: Record<string, string>, status) => {
    const session = await signedIn();
    const answer = await rawRequest(server.running.port, {
      target: `/user_management/sessions/logout?session_id=${session.sid}`,
      lines: Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    });
    expect(answer.status).toBe(status);
    expect(await isOver(session)).toBe(status === 302);
    const allowed = answer.headers.get('access-control-allow-credentials') === 'true';
    expect(allowed).toBe(headers.origin === DASHBOARD);
  });
});

describe('the sessions of a user', () => {
  test('are listed, newest first, and end when they are revoked', async () => {
    const one = await signedIn('many@example.com');
    const two = await signedIn('many@example.com');
    const path = `/user_management/users/${one.sub}/sessions`;
    const list = async () => {
      const response = await fetch(`${server.url}${path}`, withKey);
      // biome-ignore lint/suspicious/noExplicitAny: the contract judges it
      const body = (await response.json()) as any;
      assertMatchesContract('GET', path, { status: response.status, headers: response.headers, body });
      return body;
    };
    expect((await list()).data).toMatchObject([
      { id: two.sid, user_id: one.sub, auth_method: 'password', status: 'active', ended_at: null },
      { id: one.sid },
    ]);
    const revoked = await fetch(`${server.url}/user_management/sessions/revoke`, {
      method: 'POST',
      headers: { ...withKey.headers, 'content-type': 'application/json' },
      body: JSON.stringify({ session_id: two.sid }),
    });
    const body = await revoked.json();
    assertMatchesContract('POST', '/user_management/sessions/revoke', { status: 200, headers: revoked.headers, body });
    expect(body).toMatchObject({ id: two.sid, status: 'revoked', ended_at: expect.any(String) });
    expect((await list()).data.map(({ id }: { id: string }) => id)).toEqual([one.sid]);
    expect(await isOver(two)).toBe(true);
    server.users.remove(one.sub);
    expect(await isOver(one)).toBe(true);
    expect((await fetch(`${server.url}${path}`, withKey)).status).toBe(404);
  });

  test.each([
    ['GET', '/user_management/users/user_nobody/sessions', undefined, 404],
    ['GET', '/user_management/users/user_nobody/sessions?limit=0', undefined, 422],
    ['POST', '/user_management/sessions/revoke', '{"session_id":"session_unknown"}', 404],
    ['POST', '/user_management/sessions/revoke', '{}', 422],
    ['POST', '/user_management/sessions/revoke', '[', 422],
  ])('%s %s %s: %i', async (method, path, body, status) => {
    const type = { 'content-type': 'application/json' };
    const init = { method, headers: { ...withKey.headers, ...(body ? type : {}) }, ...(body ? { body } : {}) };
    const response = await fetch(`${server.url}${path}`, init);
    assertMatchesContract(method, path, { status, headers: response.headers, body: await response.json() });
    expect(response.status).toBe(status);
    expect((await fetch(`${server.url}${path}`, { ...init, headers: type })).status).toBe(401);
  });
});

/** The pages of the sign-in with what no browser sends: a page, a redirect to an allowed place, or a 4xx. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HOSTILE_TEXTS } from '../../../support/hostile-texts.ts';
import { type TestServer, testServer } from '../../../support/server.ts';
import { authorizeQuery, openPage, REDIRECT } from '../../../support/sign-in.ts';

const TEXTS = Object.values(HOSTILE_TEXTS).map((text) => text.toWellFormed());

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server[Symbol.asyncDispose]());

async function judge(response: Response, said: string): Promise<void> {
  const body = await response.text();
  expect(response.status, said).toBeLessThan(500);
  if (response.status === 302 || response.status === 303)
    expect(response.headers.get('location'), said).toMatch(new RegExp(`^(${REDIRECT}|http://127\\.0\\.0\\.1:1/)`));
  else if (response.status !== 422) expect(body, said).toContain('<!doctype html>');
  expect(server.bugs, said).toEqual([]);
}

const get = (path: string) => fetch(`${server.url}${path}`, { redirect: 'manual' });

const QUERY = [
  ...['client_id', 'redirect_uri', 'response_type', 'state', 'code_challenge', 'code_challenge_method', 'provider'],
  ...['screen_hint', 'login_hint', 'organization_id', 'connection_id', 'prompt', 'max_age', 'request', 'q'],
];

test.each(QUERY)('the page with %s', async (name) => {
  for (const value of TEXTS)
    await judge(await get(`/user_management/authorize?${authorizeQuery({ [name]: value })}`), `${name} ${value}`);
});

test.each([
  ['/user_management/sessions/logout', 'session_id'],
  ['/user_management/sessions/logout?session_id=x', 'return_to'],
  ['/device', 'user_code'],
  ['/device', 'request'],
])('%s with %s', async (path, name) => {
  for (const value of TEXTS)
    await judge(await get(`${path}${path.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(value)}`), value);
});

test.each(['step', 'user', 'email', 'failing', 'failure', 'token', 'organization', 'code', 'create', 'new_email'])(
  'the form with %s',
  async (name) => {
    for (const value of TEXTS) {
      const page = await openPage(server.url);
      await judge(await page.send({ email: 'ada@example.com', [name]: value }), `${name} ${value}`);
    }
  },
);

/** `--sign-in-as`: who is signed in without a click, and when the page is shown after all. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newUser } from '../../../../src/workos/users.ts';
import { query } from '../../../support/database.ts';
import { rawRequest } from '../../../support/raw-socket.ts';
import { type TestServer, testServer } from '../../../support/server.ts';
import { authorizeQuery, exchange, REDIRECT } from '../../../support/sign-in.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer({
    'redirect-uri': [REDIRECT],
    'sign-in-as': 'ada@example.com',
    'allow-host': ['dash.test'],
  });
  server.users.add(newUser('user_bob', 'bob@example.com', '2026-01-01T00:00:00.000Z'));
});
afterAll(() => server[Symbol.asyncDispose]());

const NAVIGATION = ['Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document'];
const ask = (parameters: Record<string, string>, lines: readonly string[] = [], more: object = {}) =>
  rawRequest(server.running.port, {
    target: `/user_management/authorize?${authorizeQuery(parameters)}`,
    lines,
    ...more,
  });
const codes = () => query(server.paths.users, 'SELECT count(*) AS n FROM authorization_codes')[0]?.n;
const codeOf = (location: string | null) => new URL(location ?? 'none:').searchParams.get('code') ?? '';

describe('a request is answered at once', () => {
  test.each([
    ['without metadata', []],
    ['of the address bar', ['Sec-Fetch-Site: none', ...NAVIGATION]],
    ['of the same site', ['Sec-Fetch-Site: same-site', ...NAVIGATION]],
    ['of its own origin', ['Sec-Fetch-Site: same-origin', ...NAVIGATION]],
    [
      'of the dashboard on another site',
      ['Sec-Fetch-Site: cross-site', ...NAVIGATION, 'Referer: http://localhost:3000/'],
    ],
  ])('%s', async (_, lines) => {
    const { status, headers } = await ask({ state: 's' }, lines);
    expect(status).toBe(303);
    const { body } = await exchange(server.url, codeOf(headers.get('location')));
    expect(body.user.email).toBe('ada@example.com');
    expect(server.logged.at(-2)).toMatchObject({ outcome: 'signed_in (--sign-in-as)' });
  });

  test('for the known user whom login_hint names', async () => {
    const { headers } = await ask({ login_hint: 'BOB@example.com' });
    expect((await exchange(server.url, codeOf(headers.get('location')))).body.user.id).toBe('user_bob');
  });
});

describe('the page is shown, and nothing is made', () => {
  test.each([
    ['to a stranger', {}, ['Sec-Fetch-Site: cross-site', ...NAVIGATION], {}],
    [
      'to a stranger with a referrer',
      {},
      ['Sec-Fetch-Site: cross-site', ...NAVIGATION, 'Referer: http://evil.example/'],
      {},
    ],
    ['under a name that is not of this machine', {}, [], { host: 'dash.test' }],
    ['by HEAD', {}, [], { method: 'HEAD' }],
    ['for prompt=login', { prompt: 'login' }, [], {}],
    ['for prompt=consent', { prompt: 'consent' }, [], {}],
    ['for prompt=select_account', { prompt: 'select_account' }, [], {}],
    ['for a sign-up', { screen_hint: 'sign-up' }, [], {}],
    ['for an unknown login_hint', { login_hint: 'unknown@example.com' }, [], {}],
  ])('%s', async (_, parameters: Record<string, string>, lines, more) => {
    const before = codes();
    const { status, headers } = await ask(parameters, lines, more);
    expect([status, headers.get('content-type'), codes()]).toEqual([200, 'text/html; charset=utf-8', before]);
  });

  test('when several users have the address', async () => {
    for (const id of ['user_a', 'user_b'])
      server.users.add(newUser(id, 'shared@example.com', '2026-01-01T00:00:00.000Z'));
    expect((await ask({ login_hint: 'shared@example.com' })).status).toBe(200);
  });
});

test('the user is added once, however many ask first', async () => {
  await using other = await testServer({ 'redirect-uri': [REDIRECT], 'sign-in-as': 'new@example.com' });
  const url = `${other.url}/user_management/authorize?${authorizeQuery()}`;
  await Promise.all(Array.from({ length: 8 }, () => fetch(url, { redirect: 'manual' })));
  expect(other.users.list({ limit: 10 }).users).toHaveLength(1);
});

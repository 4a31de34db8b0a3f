/** Who may open the pages, and whose forms are taken. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { query } from '../../../support/database.ts';
import { rawRequest } from '../../../support/raw-socket.ts';
import { type TestServer, testServer } from '../../../support/server.ts';
import { authorizeQuery, openPage, returned } from '../../../support/sign-in.ts';

const ALLOWED = 'http://localhost:3000';
let server: TestServer;
beforeAll(async () => {
  server = await testServer({ 'allow-origin': ALLOWED });
});
afterAll(() => server[Symbol.asyncDispose]());

const TARGET = `/user_management/authorize?${authorizeQuery()}`;
const OWN = () => `http://127.0.0.1:${server.running.port}`;
const NAVIGATION = ['Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document'];
const codes = () => query(server.paths.users, 'SELECT count(*) AS n FROM authorization_codes')[0]?.n;

describe('a GET of the page', () => {
  test.each([
    ['without metadata', [], 200],
    ['of a program', ['Sec-Fetch-Mode: cors'], 200],
    ['of another site, as a whole page', ['Sec-Fetch-Site: cross-site', ...NAVIGATION], 200],
    ['of the same site, as a whole page', ['Sec-Fetch-Site: same-site', ...NAVIGATION], 200],
    ['of the address bar', ['Sec-Fetch-Site: none', ...NAVIGATION], 200],
    ['of its own origin', ['Sec-Fetch-Site: same-origin'], 200],
    ['into a frame', ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: iframe'], 403],
    ['into a fenced frame', ['Sec-Fetch-Site: none', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: fencedframe'], 403],
    ['as an image', ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors', 'Sec-Fetch-Dest: image'], 403],
    ['by fetch', ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: cors', 'Sec-Fetch-Dest: empty'], 403],
    [
      'by fetch of an allowed page',
      [`Origin: ${ALLOWED}`, 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: cors', 'Sec-Fetch-Dest: empty'],
      403,
    ],
    ['as a prefetch', ['Sec-Fetch-Site: cross-site', ...NAVIGATION, 'Sec-Purpose: prefetch'], 403],
    ['as a prefetch of an older browser', ['Sec-Fetch-Site: cross-site', ...NAVIGATION, 'X-Moz: prefetch'], 403],
    ['as a preview', ['Sec-Fetch-Site: none', ...NAVIGATION, 'X-Purpose: preview'], 403],
    ['as a prerender', ['Sec-Fetch-Site: none', ...NAVIGATION, 'Sec-Purpose: prefetch;prerender'], 403],
    ['with an Origin', ['Origin: http://evil.example'], 403],
    ['with Origin null', ['Origin: null', ...NAVIGATION], 403],
    ['without a mode', ['Sec-Fetch-Site: cross-site'], 403],
    ['without a destination', ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate'], 403],
    ['of no known site', ['Sec-Fetch-Site: anything', 'Sec-Fetch-Mode: anything'], 403],
  ])('%s: %i', async (_, lines: readonly string[], status) => {
    for (const method of ['GET', 'HEAD']) {
      const answer = await rawRequest(server.running.port, { method, target: TARGET, lines });
      expect(answer.status).toBe(status);
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(answer.headers.has('access-control-allow-origin')).toBe(false);
      expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(answer.headers.has('location')).toBe(false);
    }
  });

  test('under another name of this machine: 421', async () => {
    const answer = await rawRequest(server.running.port, {
      target: TARGET,
      host: 'rebound.example',
      lines: NAVIGATION,
    });
    expect(answer.status).toBe(421);
  });
});

describe('a form', () => {
  const send = async (headers: Record<string, string>, fields: Record<string, string> = {}) => {
    const page = await openPage(server.url);
    const before = codes();
    const response = await page.send({ email: 'ada@example.com', ...fields }, headers);
    return { response, html: await response.text(), made: Number(codes()) - Number(before) };
  };

  test('of its own page is taken', async () => {
    const { response, made } = await send({ 'sec-fetch-site': 'same-origin' });
    expect([response.status, made]).toEqual([303, 1]);
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
  });

  test.each([
    ['without Origin', { origin: '' }],
    ['with Origin null', { origin: 'null' }],
    ['of a stranger', { origin: 'http://evil.example' }],
    ['of an allowed origin', { origin: ALLOWED }],
    ['of another name of this machine', { origin: 'http://localhost:PORT' }],
    ['of another site that lies about its origin', { 'sec-fetch-site': 'cross-site' }],
    ['of the same site', { 'sec-fetch-site': 'same-site' }],
    ['without a cookie', { cookie: '' }],
    ['with the cookie of another browser', { cookie: 'agent_paste_page=AAAAAAAAAAAAAAAAAAAAAA' }],
  ])('%s: 403, and no code', async (_, headers: Record<string, string>) => {
    const port = String(server.running.port);
    const named = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace('PORT', port)]),
    );
    const { response, html, made } = await send(named);
    expect([response.status, response.headers.get('content-type'), made]).toEqual([403, 'text/html; charset=utf-8', 0]);
    if (headers.origin !== undefined) expect(html).toMatch(/302.*303/);
  });

  test.each([
    ['no token', { token: '' }],
    ['a token of its own making', { token: `9999999999999.${'A'.repeat(43)}` }],
    ['the token of another step', { step: 'organization' }],
  ])('with %s: 403', async (_, fields: Record<string, string>) => {
    const { response, html, made } = await send({}, fields);
    expect([response.status, made]).toEqual([403, 0]);
    expect(html).toContain('<a href="">');
  });

  test('with the token of another request: 403', async () => {
    const [page, other] = [await openPage(server.url), await openPage(server.url, authorizeQuery({ state: 'other' }))];
    expect((await page.send({ email: 'ada@example.com', token: other.token })).status).toBe(403);
  });

  test('that is older than ten minutes, or from before a restart: 403', async () => {
    let running = await testServer();
    const at = Date.now();
    running.setClock(at);
    const page = await openPage(running.url);
    running.setClock(at + 600_000);
    expect((await page.send({ email: 'ada@example.com' })).status).toBe(403);
    const young = await openPage(running.url);
    running = await running.restart();
    const again = await openPage(running.url, authorizeQuery(), young.cookie);
    expect((await again.send({ email: 'ada@example.com', token: young.token })).status).toBe(403);
    expect((await again.send({ email: 'ada@example.com' })).status).toBe(303);
    await running[Symbol.asyncDispose]();
  });

  test('that is sent twice makes a code each time', async () => {
    const page = await openPage(server.url);
    const [one, two] = [await page.send({ email: 'ada@example.com' }), await page.send({ email: 'ada@example.com' })];
    expect(returned(one).get('code')).not.toBe(returned(two).get('code'));
  });

  test('in two tabs of one browser is taken in both', async () => {
    const first = await openPage(server.url);
    const second = await openPage(server.url, authorizeQuery({ state: 'second' }), first.cookie);
    expect(second.cookie).toBe(first.cookie);
    for (const page of [second, first]) expect((await page.send({ email: 'ada@example.com' })).status).toBe(303);
  });

  test.each([
    ['JSON', 'application/json', '{}', 400],
    ['multipart', 'multipart/form-data; boundary=x', '--x--', 400],
    ['plain text', 'text/plain', 'a=b', 400],
    ['17 KB', 'application/x-www-form-urlencoded', `email=${'x'.repeat(17_000)}`, 413],
  ])('of %s: a page', async (_, type, body, status) => {
    const response = await fetch(`${server.url}${TARGET}`, {
      method: 'POST',
      headers: { origin: OWN(), 'content-type': type },
      body,
    });
    expect([response.status, response.headers.get('content-type')]).toEqual([status, 'text/html; charset=utf-8']);
  });
});

describe('tokens for a page of a browser', () => {
  const ask = (lines: readonly string[], method = 'POST') =>
    rawRequest(server.running.port, { method, target: '/user_management/authenticate', lines });

  test.each([
    [[`Origin: ${ALLOWED}`, 'Content-Length: 0'], 'POST', 400],
    [[`Origin: ${ALLOWED}`, 'Access-Control-Request-Method: POST'], 'OPTIONS', 204],
  ] as const)('are given with credentials to an allowed origin: %j', async (lines, method, status) => {
    const { status: actual, headers } = await ask(lines, method);
    expect([
      actual,
      headers.get('access-control-allow-origin'),
      headers.get('access-control-allow-credentials'),
    ]).toEqual([status, ALLOWED, 'true']);
  });

  test('are not given to another origin', async () => {
    const { status, headers } = await ask(['Origin: http://evil.example', 'Content-Length: 0']);
    expect([status, headers.has('access-control-allow-credentials')]).toEqual([403, false]);
  });
});

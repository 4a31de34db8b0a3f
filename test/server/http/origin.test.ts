import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attemptsPath } from '../../../src/store/sqlite/attempt-log.ts';
import { assertMatchesContract } from '../../support/contract.ts';
import { query } from '../../support/database.ts';
import { rawRequest } from '../../support/raw-socket.ts';
import { type TestServer, testServer } from '../../support/server.ts';

const ALLOWED = 'http://localhost:3000';
const CALLBACK = '/v1/auth/web/callback';
let server: TestServer;
beforeAll(async () => {
  server = await testServer({ 'allow-origin': ALLOWED });
});
afterAll(() => server[Symbol.asyncDispose]());

const port = () => server.running.port;
const ask = (lines: readonly string[], method = 'GET', target = '/healthz') =>
  rawRequest(port(), { method, target, lines });

describe('pages of other origins', () => {
  test.each([
    ['another site', ['Origin: https://evil.example']],
    ['no origin to speak of', ['Origin: null']],
    ['an empty Origin', ['Origin: ']],
    ['another port of this machine', ['Origin: http://localhost:3001']],
    ['the allowed origin over TLS', ['Origin: https://localhost:3000']],
    ['the allowed origin as a prefix', ['Origin: http://localhost:3000.evil.example']],
    ['the allowed origin and another', [`Origin: ${ALLOWED}`, 'Origin: https://evil.example']],
    ['a cross-site request without Origin', ['Sec-Fetch-Site: cross-site']],
    ['a request of the same site', ['Sec-Fetch-Site: same-site']],
    ['a value that browsers do not send', ['Sec-Fetch-Site: anything']],
    ['a site that lies about the fetch', ['Origin: https://evil.example', 'Sec-Fetch-Site: same-origin']],
  ])('%s: 403 and no CORS header', async (_, lines) => {
    for (const [method, target] of [
      ['GET', '/healthz'],
      ['POST', CALLBACK],
      ['OPTIONS', CALLBACK],
      ['GET', '/nothing'],
    ] as const) {
      const answer = await ask(lines, method, target);
      expect({ status: answer.status, code: answer.body.error.code }).toEqual({ status: 403, code: 'forbidden' });
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
      assertMatchesContract('GET', '/healthz', answer);
    }
  });

  test("rejects a page's callback with a valid token, and provisions no user", async () => {
    const { token } = server.mint({ email: 'page@example.com' });
    const answer = await server.post(token, { origin: 'https://evil.example' });
    expect(answer.status).toBe(403);
    expect((await server.get('/v1/web/workspace', token)).status).toBe(403);
  });
});

describe('requests of no other origin', () => {
  test.each([
    ['without Origin', []],
    ['typed into the address bar', ['Sec-Fetch-Site: none']],
    ['of a page of this server', ['Origin: http://127.0.0.1:PORT', 'Sec-Fetch-Site: same-origin']],
  ])('answers %s, without a CORS header', async (_, lines) => {
    const answer = await ask(lines.map((line) => line.replace('PORT', String(port()))));
    expect(answer.status).toBe(200);
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(answer.headers.get('cross-origin-resource-policy')).toBe('same-origin');
  });
});

describe('an origin that --allow-origin names', () => {
  const origin = [`Origin: ${ALLOWED}`, 'Sec-Fetch-Site: cross-site'];

  test.each([
    ['GET', '/healthz', 200],
    ['POST', CALLBACK, 401],
    ['GET', '/nothing', 404],
    ['DELETE', CALLBACK, 405],
  ])('answers %s %s to exactly that origin', async (method, target, status) => {
    const answer = await ask(origin, method, target);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('access-control-allow-origin')).toBe(ALLOWED);
    expect(answer.headers.get('vary')).toBe('Origin');
    expect(answer.headers.get('access-control-expose-headers')).toContain('Idempotency-Replayed');
    expect(answer.headers.has('access-control-allow-credentials')).toBe(false);
  });

  test('names the allowed methods and headers in a preflight answer', async () => {
    const answer = await ask(
      [...origin, 'Access-Control-Request-Method: POST', 'Access-Control-Request-Headers: authorization'],
      'OPTIONS',
      CALLBACK,
    );
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 204, text: '' });
    expect(answer.headers.get('access-control-allow-origin')).toBe(ALLOWED);
    expect(answer.headers.get('access-control-allow-methods')).toBe('GET, POST');
    expect(answer.headers.get('access-control-allow-headers')).toBe('authorization');
    expect(answer.headers.has('access-control-allow-private-network')).toBe(false);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  test('lets a browser client complete a sign-in', async () => {
    const { token } = server.mint({ email: 'browser@example.com' });
    const answer = await server.post(token, { origin: ALLOWED });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe(ALLOWED);
  });
});

describe('a refused page', () => {
  test.each(['https://evil.example', 'http://localhost:3001', 'http://[::1]:8080'])(
    'is named in the log with what would allow it: %s',
    async (origin) => {
      await ask([`Origin: ${origin}`], 'POST', CALLBACK);
      expect(server.logged.at(-1)).toMatchObject({
        status: 403,
        warning: expect.stringContaining(`--allow-origin ${origin}`),
      });
    },
  );

  test.each(['null', 'file://', 'https://evil.example/path', 'x'.repeat(500)])(
    'without an origin is not told to allow it: %s',
    async (origin) => {
      await ask([`Origin: ${origin}`], 'POST', CALLBACK);
      expect(server.logged.at(-1)?.warning).not.toContain('--allow-origin');
    },
  );

  test('leaves no row among the attempts, and neither does another host or an unmet expectation', async () => {
    const id = 'refused-at-the-door';
    const lines = [`X-Request-Id: ${id}`, `Authorization: Bearer ${server.mint().token}`];
    await ask([...lines, 'Origin: https://evil.example'], 'POST', CALLBACK);
    await ask([...lines, 'Sec-Fetch-Site: cross-site'], 'POST', CALLBACK);
    await ask([...lines, 'Sec-Purpose: prefetch'], 'POST', CALLBACK);
    await ask([...lines, 'Expect: more'], 'POST', CALLBACK);
    await rawRequest(port(), { method: 'POST', target: CALLBACK, lines, host: 'evil.example' });
    await ask([`X-Request-Id: ${id}-not`], 'POST', CALLBACK);
    await server.running.flushLog();
    const rows = query(attemptsPath(server.paths.database), 'SELECT request_id FROM callback_attempts');
    expect(rows.map((row) => row.request_id)).toContain(`${id}-not`);
    expect(rows.map((row) => row.request_id)).not.toContain(id);
  });
});

describe('a prefetch', () => {
  test.each([
    'Sec-Purpose: prefetch',
    'Sec-Purpose: prefetch;prerender',
    'Sec-Purpose: prefetch;anonymous-client-ip',
    'Purpose: prefetch',
    'Purpose: Prefetch',
    'X-Moz: prefetch',
    'X-Purpose: preview',
  ])('is refused on every route: %s', async (line) => {
    for (const target of ['/healthz', '/openapi.json', '/v1/whoami', '/local/verifier', '/nothing', '/sso/jwks/x'])
      expect((await ask([line, 'Sec-Fetch-Site: none'], 'GET', target)).status).toBe(403);
    expect((await ask([line, `Origin: ${ALLOWED}`])).status).toBe(403);
  });

  test.each(['Sec-Purpose: none', 'Purpose: navigation', 'X-Moz: livebookmarks'])('is not seen in %s', async (line) => {
    expect((await ask([line])).status).toBe(200);
  });
});

test.each([
  ['traceparent, baggage', 'traceparent, baggage'],
  ['sentry-trace,x-datadog-trace-id', 'sentry-trace,x-datadog-trace-id'],
  ['authorization', 'authorization'],
  ['not a list', 'Authorization, Content-Type, X-Request-Id'],
  ['x'.repeat(3000), 'Authorization, Content-Type, X-Request-Id'],
])('a preflight request of an allowed origin gets the headers that it asks for: %s', async (requested, allowed) => {
  const lines = [
    `Origin: ${ALLOWED}`,
    'Access-Control-Request-Method: POST',
    `Access-Control-Request-Headers: ${requested}`,
  ];
  const answer = await ask(lines, 'OPTIONS', CALLBACK);
  expect([answer.status, answer.headers.get('access-control-allow-headers')]).toEqual([204, allowed]);
});

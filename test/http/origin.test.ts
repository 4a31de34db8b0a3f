import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assertMatchesContract } from '../support/contract.ts';
import { rawRequest } from '../support/raw-socket.ts';
import { type TestServer, testServer } from '../support/server.ts';

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

  test('a refused page provisions nobody, though its token is good', async () => {
    const { token } = server.mint({ email: 'page@example.com' });
    const answer = await server.post(token, { origin: 'https://evil.example' });
    expect(answer.status).toBe(403);
    expect((await server.get('/v1/web/workspace', token)).status).toBe(403);
  });
});

describe('requests that no other page made', () => {
  test.each([
    ['without Origin', []],
    ['typed into the address bar', ['Sec-Fetch-Site: none']],
    ['of a page of this server', ['Origin: http://127.0.0.1:PORT', 'Sec-Fetch-Site: same-origin']],
  ])('%s: answered, without a CORS header', async (_, lines) => {
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
  ])('%s %s is answered to exactly that origin', async (method, target, status) => {
    const answer = await ask(origin, method, target);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('access-control-allow-origin')).toBe(ALLOWED);
    expect(answer.headers.get('vary')).toBe('Origin');
    expect(answer.headers.get('access-control-expose-headers')).toContain('Idempotency-Replayed');
    expect(answer.headers.has('access-control-allow-credentials')).toBe(false);
  });

  test('a preflight request names the methods and headers that it may use', async () => {
    const answer = await ask(
      [...origin, 'Access-Control-Request-Method: POST', 'Access-Control-Request-Headers: authorization'],
      'OPTIONS',
      CALLBACK,
    );
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 204, text: '' });
    expect(answer.headers.get('access-control-allow-origin')).toBe(ALLOWED);
    expect(answer.headers.get('access-control-allow-methods')).toBe('GET, POST');
    expect(answer.headers.get('access-control-allow-headers')).toContain('Authorization');
    expect(answer.headers.has('access-control-allow-private-network')).toBe(false);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  test('a browser client gets through the whole sign-in', async () => {
    const { token } = server.mint({ email: 'browser@example.com' });
    const answer = await server.post(token, { origin: ALLOWED });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe(ALLOWED);
  });
});

/** What every answer of the server carries, whatever it says. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RawRequest, rawRequest } from '../support/raw-socket.ts';
import { type TestServer, testServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const CALLBACK: RawRequest = { method: 'POST', target: '/v1/auth/web/callback' };
const bearer = (token: string) => [`Authorization: Bearer ${token}`];

const ANSWERS: readonly [string, number, () => RawRequest][] = [
  ['a sign-in', 200, () => ({ ...CALLBACK, lines: bearer(server.mint().token) })],
  ['liveness', 200, () => ({})],
  ['the OpenAPI document', 200, () => ({ target: '/openapi.json' })],
  ['a key set', 200, () => ({ target: '/sso/jwks/client_01K9AGENTPASTE000000000000' })],
  ['a bad body', 400, () => ({ ...CALLBACK, lines: [...bearer('a.b.c'), 'Content-Length: 1'], body: 'x' })],
  ['no credential', 401, () => CALLBACK],
  ['a bad token', 401, () => ({ ...CALLBACK, lines: bearer('a.b.c') })],
  [
    'an unknown member',
    403,
    () => ({ target: '/v1/web/keys', lines: bearer(server.mint({ email: 'new@example.com' }).token) }),
  ],
  ['an unknown path', 404, () => ({ target: '/nothing' })],
  ['a wrong method', 405, () => ({ method: 'DELETE' })],
  [
    'a large body',
    413,
    () => ({ ...CALLBACK, lines: [...bearer('a.b.c'), 'Content-Type: application/json', 'Content-Length: 2000'] }),
  ],
  ['a wrong Host', 421, () => ({ host: 'evil.example' })],
];

describe.each(ANSWERS)('%s (%i)', (_, status, request) => {
  test('is not stored, sniffed, framed or embedded, and names no software', async () => {
    const { status: actual, headers } = await rawRequest(server.running.port, request());
    expect({ status: actual, ...Object.fromEntries(headers) }).toMatchObject({
      status,
      'cache-control': 'no-store',
      pragma: 'no-cache',
      'content-type': 'application/json; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cross-origin-resource-policy': 'same-origin',
    });
    for (const name of ['server', 'x-powered-by', 'set-cookie', 'etag', 'last-modified', 'transfer-encoding'])
      expect({ name, there: headers.has(name) }).toEqual({ name, there: false });
  });

  test('echoes a usable X-Request-Id, in the header, the error and the log', async () => {
    const id = `request-of-${status}_ABC`;
    const { lines = [], ...rest } = request();
    const { headers, body } = await rawRequest(server.running.port, {
      ...rest,
      lines: [...lines, `X-Request-Id: ${id}`],
    });
    expect(headers.get('x-request-id')).toBe(id);
    if (status >= 400) expect(body.error.request_id).toBe(id);
    expect(server.logged.at(-1)).toMatchObject({ request_id: id, status });
  });
});

describe('X-Request-Id', () => {
  const echoed = async (...lines: string[]) =>
    (await rawRequest(server.running.port, { lines })).headers.get('x-request-id');

  test.each(['12345678', 'a'.repeat(128), 'AZaz09_-', '________'])('%s is kept', async (id) => {
    expect(await echoed(`X-Request-Id: ${id}`)).toBe(id);
  });

  test.each([
    '',
    '1234567',
    'a'.repeat(129),
    'with space',
    'with.dots',
    'with"quote',
    'caf\xe9cafe',
    '$(reboot)',
    '<script>',
  ])('%j is replaced', async (id) => {
    expect(await echoed(`X-Request-Id: ${id}`)).toMatch(/^req_[0-9A-HJKMNP-TV-Z]{26}$/);
  });

  test('two of them are replaced, and every request without one gets its own', async () => {
    expect(await echoed('X-Request-Id: request-1', 'X-Request-Id: request-2')).toMatch(/^req_/);
    expect(await echoed()).not.toBe(await echoed());
  });
});

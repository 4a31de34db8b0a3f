/** What every answer of the server carries, whatever it says. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { execute } from '../../support/database.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { gateBefore } from '../../support/gate.ts';
import { type RawRequest, rawRequest } from '../../support/raw-socket.ts';
import { type TestServer, testServer } from '../../support/server.ts';

const PAGE = 'http://page.test';
const gate = gateBefore('commit', (email) => email === 'held@example.com');
let server: TestServer;
beforeAll(async () => {
  const settings = { 'allow-origin': PAGE, 'in-flight-wait': '1ms' };
  server = await testServer(settings, temporaryDirectory(), gate.wrapping);
});
afterAll(async () => {
  gate.open();
  await server[Symbol.asyncDispose]();
});

const CALLBACK: RawRequest = { method: 'POST', target: '/v1/auth/web/callback' };
const bearer = (token: string) => [`Authorization: Bearer ${token}`];

const mintFor = (name: string) => server.mint({ email: `${name}@example.com`, jti: `jti_${name}` }).token;

/** Another callback of a token whose first callback is still running. */
async function whileAnotherRuns(): Promise<RawRequest> {
  const token = mintFor('held');
  if (gate.arrived() === 0) void server.post(token);
  await expect.poll(gate.arrived).toBe(1);
  return { ...CALLBACK, lines: bearer(token) };
}

/** The token of a sign-in whose stored answer does not open any more. */
async function ofSpoiledRecord(): Promise<RawRequest> {
  const token = mintFor('spoiled');
  await server.post(token);
  execute(
    server.paths.database,
    "UPDATE callback_records SET pepper_kid = 9 WHERE idempotency_key = 'workos-jti:jti_spoiled'",
  );
  return { ...CALLBACK, lines: bearer(token) };
}

/** SQLite refuses a row, for which no code is prepared. */
function ofRefusedRow(): RawRequest {
  execute(
    server.paths.database,
    `CREATE TRIGGER IF NOT EXISTS refuse BEFORE INSERT ON workspaces WHEN new.contact_email = 'bug@example.com'
     BEGIN SELECT RAISE(ABORT, 'refused on purpose'); END`,
  );
  return { ...CALLBACK, lines: bearer(mintFor('bug')) };
}

const ANSWERS: readonly [string, number, () => RawRequest | Promise<RawRequest>][] = [
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
  ['a page of another origin', 403, () => ({ lines: ['Origin: http://evil.example'] })],
  ['a callback that another one is working on', 409, whileAnotherRuns],
  [
    'a user that is none',
    422,
    () => ({
      method: 'POST',
      target: '/user_management/users',
      lines: ['Authorization: Bearer sk_test_local', 'Content-Type: application/json', 'Content-Length: 2'],
      body: '{}',
    }),
  ],
  ['a bug', 500, ofRefusedRow],
  ['an outage', 503, ofSpoiledRecord],
];

describe.each(ANSWERS)('%s (%i)', (_, status, request) => {
  test('forbids storing, sniffing, framing and embedding, and names no software', async () => {
    const { status: actual, headers } = await rawRequest(server.running.port, await request());
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

  test('echoes a valid X-Request-Id in the header, the error and the log', async () => {
    const id = `request-of-${status}_ABC`;
    const { lines = [], ...rest } = await request();
    const { headers, body } = await rawRequest(server.running.port, {
      ...rest,
      lines: [...lines, `X-Request-Id: ${id}`],
    });
    expect(headers.get('x-request-id')).toBe(id);
    // The routes of WorkOS have the errors of WorkOS.
    if (status >= 400 && status !== 422) expect(body.error.request_id).toBe(id);
    expect(server.logged.at(-1)).toMatchObject({ request_id: id, status });
  });
});

test('answers a preflight request without a body, with the same headers', async () => {
  const lines = [`Origin: ${PAGE}`, 'Access-Control-Request-Method: POST'];
  const { status, headers, text } = await rawRequest(server.running.port, { ...CALLBACK, method: 'OPTIONS', lines });
  expect({ status, text, ...Object.fromEntries(headers) }).toMatchObject({
    status: 204,
    text: '',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  });
});

describe('X-Request-Id', () => {
  const echoed = async (...lines: string[]) =>
    (await rawRequest(server.running.port, { lines })).headers.get('x-request-id');

  test.each(['12345678', 'a'.repeat(128), 'AZaz09_-', '________'])('keeps %s', async (id) => {
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
  ])('replaces %j', async (id) => {
    expect(await echoed(`X-Request-Id: ${id}`)).toMatch(/^req_[0-9A-HJKMNP-TV-Z]{26}$/);
  });

  test('is replaced when sent twice, and made for each request without one', async () => {
    expect(await echoed('X-Request-Id: request-1', 'X-Request-Id: request-2')).toMatch(/^req_/);
    expect(await echoed()).not.toBe(await echoed());
  });
});

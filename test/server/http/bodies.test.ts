import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assertMatchesContract } from '../../support/contract.ts';
import { bytesOf, open, rawRequest, received } from '../../support/raw-socket.ts';
import { type TestServer, testServer } from '../../support/server.ts';

const CALLBACK = '/v1/auth/web/callback';
const USERS = '/user_management/users';
const JSON_TYPE = 'Content-Type: application/json';
const WORKOS_KEY = 'Authorization: Bearer sk_test_local';
let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const token = () => `Authorization: Bearer ${server.mint().token}`;
const chunked = (body: string) => `${body === '' ? '' : `${body.length.toString(16)}\r\n${body}\r\n`}0\r\n\r\n`;
const post = (target: string, lines: readonly string[], body: string) =>
  rawRequest(server.running.port, { method: 'POST', target, lines, body });
const byLength = (target: string, lines: readonly string[], body: string) =>
  post(target, [...lines, `Content-Length: ${Buffer.byteLength(body)}`], body);
const inChunks = (target: string, lines: readonly string[], body: string) =>
  post(target, [...lines, 'Transfer-Encoding: chunked'], chunked(body));

describe.each([
  ['with a length', byLength],
  ['in chunks', inChunks],
])('a body of the callback %s', (_, send) => {
  test.each([
    ['of 1024 bytes', 'application/json', 'x'.repeat(1024), 200],
    ['that is no JSON', 'application/json; charset=utf-8', '{"', 200],
    ['of 1025 bytes', 'application/json', 'x'.repeat(1025), 413],
    ['of a form', 'application/x-www-form-urlencoded', 'access_token=a.b.c', 400],
    ['of plain text', 'text/plain', '{}', 400],
    ['of a type that begins like JSON', 'application/jsonp', '{}', 400],
  ])('%s', async (_what, type, body, status) => {
    const answer = await send(CALLBACK, [token(), `Content-Type: ${type}`], body);
    expect(answer.status).toBe(status);
    assertMatchesContract('POST', CALLBACK, answer);
  });

  test('gets 400 without a type', async () => {
    expect((await send(CALLBACK, [token()], '{}')).status).toBe(400);
  });
});

describe.each<[string, (lines: readonly string[]) => ReturnType<typeof post>]>([
  ['no length', (lines) => post(CALLBACK, lines, '')],
  ['the length 0', (lines) => byLength(CALLBACK, lines, '')],
  ['chunks of which there are none', (lines) => inChunks(CALLBACK, lines, '')],
  [
    'a chunk extension, and no chunk',
    (lines) => post(CALLBACK, [...lines, 'Transfer-Encoding: chunked'], '0;a=b\r\n\r\n'),
  ],
  [
    'trailers, and no chunk',
    (lines) => post(CALLBACK, [...lines, 'Transfer-Encoding: chunked'], '0\r\nX-End: 1\r\n\r\n'),
  ],
])('a body that is announced by %s and does not come', (_, send) => {
  test.each([
    'application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
    'nonsense',
    '',
  ])('is none, whatever its type: %j', async (type) => {
    expect((await send([token(), `Content-Type: ${type}`])).status).toBe(200);
  });

  test('is none without a type, or with two', async () => {
    expect((await send([token()])).status).toBe(200);
    expect((await send([token(), 'Content-Type: text/plain', 'Content-Type: text/html'])).status).toBe(200);
  });

  test('is none in another encoding', async () => {
    expect((await send([token(), 'Content-Type: application/json', 'Content-Encoding: br'])).status).toBe(200);
  });
});

test('a type behind the first chunk is judged by the bytes that came', async () => {
  const lines = [token(), 'Content-Type: text/plain', 'Transfer-Encoding: chunked'];
  expect((await post(CALLBACK, lines, '1\r\nx\r\n0\r\n\r\n')).status).toBe(400);
  expect((await post(CALLBACK, lines, `${(2000).toString(16)}\r\n${'x'.repeat(2000)}\r\n0\r\n\r\n`)).status).toBeOneOf([
    400, 413,
  ]);
});

test('an empty user is answered as one that is no JSON', async () => {
  for (const send of [byLength, inChunks]) expect((await send(USERS, [WORKOS_KEY, JSON_TYPE], '')).status).toBe(422);
});

describe.each([
  ['with a length', byLength],
  ['in chunks', inChunks],
])('a new user %s', (_, send) => {
  test('gets 413 above 16 KB, and is not created', async () => {
    const body = JSON.stringify({ email: 'large@example.com', first_name: 'x'.repeat(17_000) });
    const answer = await send(USERS, [WORKOS_KEY, JSON_TYPE], body);
    expect(answer.status).toBe(413);
    assertMatchesContract('POST', USERS, answer);
    expect(server.users.findByEmail('large@example.com')).toBeUndefined();
  });

  test('gets 422 at 16 KB without a valid user', async () => {
    const answer = await send(USERS, [WORKOS_KEY, JSON_TYPE], `{"email":"${'x'.repeat(16_000)}"}`);
    expect(answer.status).toBe(422);
    assertMatchesContract('POST', USERS, answer);
  });
});

test('rejects an announced length above the limit before reading the body', async () => {
  const lines = [token(), JSON_TYPE, 'Content-Length: 1000000000'];
  const socket = await open(server.running.port);
  socket.write(bytesOf(server.running.port, { method: 'POST', target: CALLBACK, lines }));
  const [first] = await once(socket, 'data');
  expect(String(first)).toMatch(/^HTTP\/1\.1 413 /);
  socket.destroy();
});

test('rejects endless chunks at the limit', async () => {
  const socket = await open(server.running.port);
  const lines = [WORKOS_KEY, JSON_TYPE, 'Transfer-Encoding: chunked', 'Connection: close'];
  socket.write(bytesOf(server.running.port, { method: 'POST', target: USERS, lines }));
  const answered = received(socket);
  const chunk = `400\r\n${'x'.repeat(1024)}\r\n`;
  const sending = setInterval(() => socket.write(chunk), 2);
  socket.once('data', () => clearInterval(sending));
  expect((await answered).status).toBe(413);
});

test.each([CALLBACK, USERS])('reports a truncated body of %s as a bad request, not a bug', async (target) => {
  const before = server.logged.length;
  const socket = await open(server.running.port);
  const lines = [target === USERS ? WORKOS_KEY : token(), JSON_TYPE, 'Transfer-Encoding: chunked'];
  socket.write(bytesOf(server.running.port, { method: 'POST', target, lines, body: '10\r\n{"email":' }));
  socket.destroy();
  await expect.poll(() => server.logged.length).toBe(before + 1);
  expect(server.logged.at(-1)).toMatchObject({ status: 400 });
  expect(server.bugs).toEqual([]);
});

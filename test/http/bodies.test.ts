import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assertMatchesContract } from '../support/contract.ts';
import { bytesOf, open, rawRequest, received } from '../support/raw-socket.ts';
import { type TestServer, testServer } from '../support/server.ts';

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
const chunked = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
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

  test('without a type: 400', async () => {
    expect((await send(CALLBACK, [token()], '{}')).status).toBe(400);
  });
});

test('an empty body needs no type', async () => {
  expect((await byLength(CALLBACK, [token()], '')).status).toBe(200);
});

describe.each([
  ['with a length', byLength],
  ['in chunks', inChunks],
])('a new user %s', (_, send) => {
  test('of more than 16 KB: 413, and no user', async () => {
    const body = JSON.stringify({ email: 'large@example.com', first_name: 'x'.repeat(17_000) });
    const answer = await send(USERS, [WORKOS_KEY, JSON_TYPE], body);
    expect(answer.status).toBe(413);
    assertMatchesContract('POST', USERS, answer);
    expect(server.users.findByEmail('large@example.com')).toBeUndefined();
  });

  test('of 16 KB that is no user: 422', async () => {
    const answer = await send(USERS, [WORKOS_KEY, JSON_TYPE], `{"email":"${'x'.repeat(16_000)}"}`);
    expect(answer.status).toBe(422);
    assertMatchesContract('POST', USERS, answer);
  });
});

test('an announced length beyond the limit is refused before a byte of it has come', async () => {
  const lines = [token(), JSON_TYPE, 'Content-Length: 1000000000'];
  const socket = await open(server.running.port);
  socket.write(bytesOf(server.running.port, { method: 'POST', target: CALLBACK, lines }));
  const [first] = await once(socket, 'data');
  expect(String(first)).toMatch(/^HTTP\/1\.1 413 /);
  socket.destroy();
});

test('chunks without end are refused when they are too many', async () => {
  const socket = await open(server.running.port);
  const lines = [WORKOS_KEY, JSON_TYPE, 'Transfer-Encoding: chunked', 'Connection: close'];
  socket.write(bytesOf(server.running.port, { method: 'POST', target: USERS, lines }));
  const answered = received(socket);
  const chunk = `400\r\n${'x'.repeat(1024)}\r\n`;
  const sending = setInterval(() => socket.write(chunk), 2);
  socket.once('data', () => clearInterval(sending));
  expect((await answered).status).toBe(413);
});

test.each([CALLBACK, USERS])('a body of %s that breaks off is a bad request, not a bug', async (target) => {
  const before = server.logged.length;
  const socket = await open(server.running.port);
  const lines = [target === USERS ? WORKOS_KEY : token(), JSON_TYPE, 'Transfer-Encoding: chunked'];
  socket.write(bytesOf(server.running.port, { method: 'POST', target, lines, body: '10\r\n{"email":' }));
  socket.destroy();
  await expect.poll(() => server.logged.length).toBe(before + 1);
  expect(server.logged.at(-1)).toMatchObject({ status: 400 });
  expect(server.bugs).toEqual([]);
});

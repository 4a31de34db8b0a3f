/** What Node's own parser refuses: pinned here, because an update of Node, or a lenient flag, would change it silently. */
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { serverProcess } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { bytesOf, exchange, open, type RawAnswer, rawRequest, received } from '../../support/raw-socket.ts';
import { type TestServer, testServer } from '../../support/server.ts';

const TARGET = { method: 'POST', target: '/v1/auth/web/callback' };
let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
beforeEach(() => void server.logged.splice(0));
afterAll(() => server[Symbol.asyncDispose]());

const port = () => server.running.port;

/** The status of an answer that has to be like all others: envelope, headers, request id, log line, nothing behind it. */
async function statusOfEnvelope({ status, headers, body, text }: RawAnswer): Promise<number> {
  expect(body).toEqual({
    error: { code: expect.any(String), message: expect.any(String), request_id: headers.get('x-request-id') },
  });
  expect(Object.fromEntries(headers)).toMatchObject({
    'cache-control': 'no-store',
    'content-type': 'application/json; charset=utf-8',
    'x-content-type-options': 'nosniff',
    connection: 'close',
    'content-length': String(text.length),
  });
  expect(body.error.code).toBe(status === 431 ? 'payload_too_large' : 'invalid_request');
  await expect.poll(() => server.logged.filter((entry) => entry.status >= 400)).toMatchObject([{ status }]);
  return status;
}

test.each<[string, string[]]>([
  ['a length and chunks', ['Content-Length: 5', 'Transfer-Encoding: chunked']],
  ['two lengths', ['Content-Length: 5', 'Content-Length: 6']],
  ['a negative length', ['Content-Length: -1']],
  ['a length with a sign', ['Content-Length: +5']],
  ['an unknown transfer encoding', ['Transfer-Encoding: xchunked']],
  ['chunks that are not the last encoding', ['Transfer-Encoding: chunked, identity']],
  ['a folded header', ['X-Folded: a', ' b']],
  ['a space before the colon', ['Transfer-Encoding : chunked']],
  ['a header without a name', [': value']],
  ['a header with NUL', ['X-Nul: a\0b']],
])('%s: 400 and closed, and nothing of it is run', async (_, lines) => {
  const smuggled = bytesOf(port(), { target: '/smuggled' });
  const credential = [`Authorization: Bearer ${server.mint().token}`, 'Content-Type: application/json'];
  const answer = await exchange(
    port(),
    bytesOf(port(), { ...TARGET, lines: [...credential, ...lines], body: `0\r\n\r\n${smuggled}` }),
  );
  expect(await statusOfEnvelope(answer)).toBe(400); // one line in the log, of this refusal
  expect(server.bugs).toEqual([]);
});

test('rejects lines that end in a bare LF with 400', async () => {
  expect(await statusOfEnvelope(await exchange(port(), bytesOf(port(), TARGET).replaceAll('\r\n', '\n')))).toBe(400);
});

test('rejects ambiguous requests even under a lenient parser option', async () => {
  using directory = temporaryDirectory();
  const env = { NODE_OPTIONS: '--insecure-http-parser' };
  await using lenient = await serverProcess(['--state-dir', directory.path], { env });
  const both = bytesOf(lenient.ready.port, {
    ...TARGET,
    lines: ['Content-Length: 5', 'Transfer-Encoding: chunked', 'Connection: close'],
    body: '0\r\n\r\n',
  });
  expect((await exchange(lenient.ready.port, both)).status).toBe(400);
  const bareLines = bytesOf(lenient.ready.port, { ...TARGET, lines: ['Connection: close'] }).replaceAll('\r\n', '\n');
  expect((await exchange(lenient.ready.port, bareLines)).status).toBe(400);
});

test('closes the connection for a chunk of the wrong length, and keeps serving', async () => {
  const lines = ['Content-Type: application/json', 'Authorization: Bearer a.b.c', 'Transfer-Encoding: chunked'];
  const answer = await exchange(port(), bytesOf(port(), { ...TARGET, lines, body: 'zz\r\n{}\r\n0\r\n\r\n' }));
  expect(await statusOfEnvelope(answer)).toBe(400);
  expect(server.bugs).toEqual([]);
});

test.each([
  ['a method in small letters', { ...TARGET, method: 'post' }],
  ['an unknown method', { ...TARGET, method: 'FETCH' }],
  ['a target without a slash', { target: 'healthz' }],
  ['a target with a space', { target: '/health z' }],
  ['a target with a line break', { target: '/health\nz' }],
])('%s: 400', async (_, request) => {
  expect(await statusOfEnvelope(await rawRequest(port(), request))).toBe(400);
});

test.each<[string, string[]]>([
  ['17 KB', [`X-Large: ${'a'.repeat(17 * 1024)}`]],
  ['2,100 headers', Array.from({ length: 2100 }, (_, index) => `X-${index}: value`)],
])('headers of %s: 431', async (_, lines) => {
  expect(await statusOfEnvelope(await rawRequest(port(), { lines }))).toBe(431);
});

test('answers malformed bytes after a request separately', async () => {
  const socket = await open(port());
  socket.write(bytesOf(port(), {}));
  await once(socket, 'data');
  socket.write('nonsense\r\n\r\n');
  expect(await statusOfEnvelope(await received(socket))).toBe(400);
});

test('logs nothing for a client that disconnects within a request', async () => {
  const before = server.logged.length;
  const socket = await open(port());
  socket.write('POST /v1/auth/web/callback HTTP/1.1\r\nHost: ');
  socket.resetAndDestroy();
  await once(socket, 'close');
  expect((await server.get('/healthz')).status).toBe(200);
  expect(server.logged.slice(before).map(({ path }) => path)).toEqual(['/healthz']);
});

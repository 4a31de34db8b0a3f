/** Targets that are no callback server: one clear line, the right exit code, never a stack, never a pass. */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { agentPaste } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { arrays } from '../../support/nested-json.ts';
import { callbackAnswer, json, scriptedServer } from './scripted-server.ts';

async function replay(url: string, ...args: readonly string[]) {
  using directory = temporaryDirectory();
  const result = await agentPaste(['replay', '--url', url, '--times', '2', ...args], { cwd: directory.path });
  expect(result.stderr).not.toMatch(/\n {4}at /);
  return result;
}

const GOOD = Buffer.from(JSON.stringify(callbackAnswer('seen')));

const html = (response: ServerResponse, status: number) =>
  response.writeHead(status, { 'content-type': 'text/html' }).end('<!doctype html><title>Welcome</title>');

test.each<[string, (response: ServerResponse) => void, string]>([
  ['a page', (response) => html(response, 200), 'answered 200 with "text/html", and it is not JSON'],
  ['a page under 404', (response) => html(response, 404), 'answered 404 with "text/html"'],
  ['a page of a proxy', (response) => html(response, 502), 'answered 502 with "text/html"'],
  [
    'ten megabytes',
    (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(`"${'a'.repeat(10_000_000)}"`),
    'answered with more than 1048576 bytes',
  ],
  [
    'JSON that is cut off',
    (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"workspace": {'),
    'answered 200 with "application/json", and it is not JSON',
  ],
  [
    'JSON nested 12,000 deep',
    (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(arrays(12_000)),
    'answered 200 with more than 200 nested arrays and objects',
  ],
  ['nothing', (response) => response.writeHead(204).end(), 'answered 204 without a body'],
  ['an empty success', (response) => response.writeHead(200).end(), 'answered 200 without a body'],
  [
    'a redirect',
    (response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
    'answered 302, a redirect to "http://127.0.0.1:9/"; a token is never sent on',
  ],
  [
    'a redirect to a place with a secret',
    (response) => response.writeHead(308, { location: 'https://ada:secret@host/?t=eyJhbGciOiJub25lIn0.e30.' }).end(),
    'answered 308, a redirect to "https://<secret>@host/?t=<secret>"; a token is never sent on',
  ],
  ['a choice', (response) => response.writeHead(300).end(), 'answered 300 without a body'],
  ['no change', (response) => response.writeHead(304).end(), 'answered 304 without a body'],
  ...(
    [
      ['gzip', gzipSync],
      ['deflate', deflateSync],
      ['br', brotliCompressSync],
      ['zstd', zstdCompressSync],
      ['gzip, br', (bytes: Buffer) => brotliCompressSync(gzipSync(bytes))],
      // Its body is readable, but no client would know.
      ['GZIP', (bytes: Buffer) => bytes],
      ['x-unknown', (bytes: Buffer) => bytes],
    ] as const
  ).map(([coding, encode]): [string, (response: ServerResponse) => void, string] => [
    `a good answer in the coding ${coding}`,
    (response) => response.writeHead(200, { 'content-encoding': coding }).end(encode(GOOD)),
    `answered 200 in the content coding "${coding.toLowerCase()}", and only "identity" was asked for`,
  ]),
  [
    'a byte order mark',
    (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(`\ufeff${GOOD}`),
    'answered 200 with a byte order mark, and JSON has none',
  ],
  [
    'JSON in UTF-16',
    (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(GOOD.toString(), 'utf16le'),
    'answered 200 with "application/json", and it is not JSON',
  ],
  [
    'a media type of 10,000 letters',
    (response) => response.writeHead(200, { 'content-type': 'x'.repeat(10_000) }).end('no'),
    `answered 200 with "${'x'.repeat(200)}…", and it is not JSON`,
  ],
  [
    'half an answer in chunks',
    (response) => response.write('{"a":', () => response.destroy()),
    'closed the connection before its answer was complete',
  ],
  [
    'half a compressed answer',
    (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(GOOD).subarray(0, 20)),
    'answered 200 in the content coding "gzip"',
  ],
  [
    'a mebibyte and a byte',
    (response) => response.writeHead(500, { 'content-type': 'application/json' }).end(`"${'a'.repeat(1_048_575)}"`),
    'answered with more than 1048576 bytes',
  ],
  ['a closed connection', (response) => response.destroy(), 'closed the connection before its answer was complete'],
  [
    'half an answer',
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"a":', () => response.destroy());
    },
    'closed the connection before its answer was complete',
  ],
])('%s is exit 3', async (_, answer, message) => {
  await using server = await scriptedServer(answer);
  const { code, stdout, stderr } = await replay(server.url);
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(stderr).toContain(`error: ${server.url} ${message}`);
});

test.each([[[]], [['--concurrency', '2']]])('exits 3 after --timeout %j for a server that hangs', async (args) => {
  await using server = await scriptedServer(() => undefined);
  const { code, stderr } = await replay(server.url, '--timeout', '300ms', ...args);
  expect(code).toBe(3);
  expect(stderr).toContain(`${server.url} did not answer within 0.3 s`);
});

test('exits 3 after --timeout for a server that trickles bytes', async () => {
  await using server = await scriptedServer((response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const dripping = setInterval(() => response.write(' '), 20);
    response.once('close', () => clearInterval(dripping));
  });
  const { code, stderr } = await replay(server.url, '--timeout', '300ms');
  expect(code).toBe(3);
  expect(stderr).toContain('did not answer within 0.3 s');
});

test('exits 3 with a hint for a refused connection', async () => {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  listener.close();
  await once(listener, 'close');
  const { code, stderr } = await replay(url, '--json');
  expect(code).toBe(3);
  expect(JSON.parse(stderr)).toEqual({
    error: {
      code: 'unreachable',
      message: `nothing listens at ${url}`,
      hint: expect.stringContaining('agent-paste serve'),
    },
  });
});

test.each([
  ['does not speak HTTP', 'SSH-2.0-OpenSSH_9.9\r\n'],
  ['says nothing', ''],
  ['breaks off in a header', 'HTTP/1.1 200 OK\r\nContent-Ty'],
  ['has a header of 100 KB', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`],
  ['has two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}'],
  ['has a chunk without a length', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno\r\n'],
  ['switches protocols', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'],
  ['only continues', 'HTTP/1.1 100 Continue\r\n\r\n'],
])('exits 3 in one line for a server that %s', async (_, bytes) => {
  const listener = createServer((socket) => socket.on('error', () => undefined).end(bytes));
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  const { code, stderr } = await replay(url);
  listener.close();
  expect(code).toBe(3);
  expect(stderr.split('\n')[0]).toMatch(
    new RegExp(`^error: ${url} (?:cannot be reached: \\S|closed the connection|answered 101 and another protocol)`),
  );
});

describe('of "not now" only the status counts', () => {
  const bodies: readonly [string, (response: ServerResponse, status: number) => void][] = [
    ['a page', html],
    ['nothing', (response, status) => response.writeHead(status).end()],
    ['a compressed text', (response, status) => response.writeHead(status, { 'content-encoding': 'br' }).end('x')],
    ['ten megabytes', (response, status) => response.writeHead(status).end('x'.repeat(10_000_000))],
    ['a byte order mark', (response, status) => response.writeHead(status).end('\ufeff{}')],
    ['JSON nested too deep', (response, status) => response.writeHead(status).end(arrays(12_000))],
    [
      'half an answer',
      (response, status) => response.writeHead(status, { 'content-length': '9' }).write('x', () => response.destroy()),
    ],
    ['half an answer that never ends', (response, status) => response.writeHead(status).write('x')],
  ];

  test.each(bodies.flatMap((row) => [409, 429, 503].map((status) => [...row, status] as const)))(
    'with %s',
    async (_, answer, status) => {
      await using server = await scriptedServer((response, n) =>
        n === 1 ? answer(response, status) : json(response, 200, callbackAnswer('seen')),
      );
      const { code, stdout } = await replay(server.url, '--retry', '--json', '--timeout', '2s');
      expect(code).toBe(0);
      expect(JSON.parse(stdout).sends).toMatchObject([{ outcome: 'seen', attempts: 2 }, { attempts: 1 }]);
    },
  );

  test.each([
    [409, 6],
    [429, 1],
    [503, 1],
  ])('and %d without --retry is not an answer of the key', async (status, exit) => {
    await using server = await scriptedServer((response, n) =>
      n === 1 ? html(response, status) : json(response, 200, callbackAnswer('seen')),
    );
    const { code, stdout } = await replay(server.url, '--json');
    expect(code).toBe(exit);
    expect(JSON.parse(stdout).violations).toMatchObject([{ invariant: 'settled', observed: String(status) }]);
  });
});

test.each<[string, number, unknown]>([
  ['an array', 200, []],
  ['another API', 200, { status: 'ok' }],
  ['an answer without the key', 200, { ...callbackAnswer('seen'), default_api_key: undefined }],
  ['a key without a secret', 200, { ...callbackAnswer('seen'), default_api_key: { api_key: {} } }],
  ['a created answer', 201, callbackAnswer('seen')],
  ['an error without an envelope', 401, { message: 'no' }],
  ['null', 200, null],
])('JSON that is no callback answer is a violation, not a pass: %s', async (_, status, body) => {
  await using server = await scriptedServer((response) => json(response, status, body));
  const { code, stdout } = await replay(server.url, '--json');
  expect(code).toBe(1);
  expect(JSON.parse(stdout).violations.map(({ invariant }: { invariant: string }) => invariant)).toContain(
    'readable-answer',
  );
});

test('reports a 404 at a wrong base URL as a violation', async () => {
  await using server = await scriptedServer((response) =>
    json(response, 404, { error: { code: 'not_found', message: 'no', request_id: 'r' } }),
  );
  const { code, stdout } = await replay(server.url, '--json');
  expect(code).toBe(1);
  expect(JSON.parse(stdout).violations).toMatchObject([{ invariant: 'accepted', observed: '404 not_found' }]);
});

test.each([
  ['beginnings of tokens', '-eyJ'],
  ['parts of tokens', 'eyJ.'],
  ['beginnings of API keys', ' ap_pk_a'],
  ['beginnings of secrets', 'sk_'],
  ['marks that turn text around', '\u202e'],
])('reads a megabyte of %s in an error within its time', async (_, part) => {
  await using server = await scriptedServer((response) => {
    const text = part.repeat(500_000 / Buffer.byteLength(part));
    json(response, 401, { error: { code: text, reason: text } });
  });
  using directory = temporaryDirectory();
  const tape = join(directory.path, 'tape.json');
  const { code, stdout } = await replay(server.url, '--json', '--save', tape);
  expect(code).toBe(4);
  for (const { reason } of JSON.parse(stdout).sends) expect(reason.length).toBeLessThanOrEqual(201);
  expect(readFileSync(tape, 'utf8').length).toBeLessThan(5000);
});

/** Targets that are no callback server: one clear line, the right exit code, never a stack, never a pass. */

import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { agentPaste } from '../support/binary.ts';
import { temporaryDirectory } from '../support/directory.ts';
import { callbackAnswer, json, scriptedServer } from './scripted-server.ts';

async function replay(url: string, ...args: readonly string[]) {
  using directory = temporaryDirectory();
  const result = await agentPaste(['replay', '--url', url, '--times', '2', ...args], { cwd: directory.path });
  expect(result.stderr).not.toMatch(/\n {4}at /);
  return result;
}

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
  ['nothing', (response) => response.writeHead(204).end(), 'answered 204 without a body'],
  ['an empty success', (response) => response.writeHead(200).end(), 'answered 200 without a body'],
  [
    'a redirect',
    (response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
    'answered 302, a redirect; a token is never sent on',
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

test.each([[[]], [['--concurrency', '2']]])('a server that hangs is exit 3 after --timeout %j', async (args) => {
  await using server = await scriptedServer(() => undefined);
  const { code, stderr } = await replay(server.url, '--timeout', '300ms', ...args);
  expect(code).toBe(3);
  expect(stderr).toContain(`${server.url} did not answer within 0.3 s`);
});

test('a server that sends a byte now and then is exit 3 after --timeout', async () => {
  await using server = await scriptedServer((response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const dripping = setInterval(() => response.write(' '), 20);
    response.once('close', () => clearInterval(dripping));
  });
  const { code, stderr } = await replay(server.url, '--timeout', '300ms');
  expect(code).toBe(3);
  expect(stderr).toContain('did not answer within 0.3 s');
});

test('a refused connection is exit 3 with a hint', async () => {
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

test('something that does not speak HTTP is exit 3', async () => {
  const listener = createServer((socket) => socket.on('error', () => undefined).end('SSH-2.0-OpenSSH_9.9\r\n'));
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  const { code, stderr } = await replay(url);
  listener.close();
  expect(code).toBe(3);
  expect(stderr).toContain(`error: ${url}`);
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

test('a wrong base URL, where the API says 404, is a violation', async () => {
  await using server = await scriptedServer((response) =>
    json(response, 404, { error: { code: 'not_found', message: 'no', request_id: 'r' } }),
  );
  const { code, stdout } = await replay(server.url, '--json');
  expect(code).toBe(1);
  expect(JSON.parse(stdout).violations).toMatchObject([{ invariant: 'accepted', observed: '404 not_found' }]);
});

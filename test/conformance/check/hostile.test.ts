/** Targets whose answers cannot be used: one clear line, exit 3, and no verdict that is not founded. */
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command } from '../../support/command.ts';
import { type TestServer, testServer } from '../../support/server.ts';
import { callbackAnswer, json, refused, scriptedServer } from '../replay/scripted-server.ts';

let issuer: TestServer;

beforeAll(async () => {
  issuer = await testServer();
});

afterAll(() => issuer[Symbol.asyncDispose]());

const GOOD = JSON.stringify(callbackAnswer('provisioned'));
const JSON_TYPE = { 'content-type': 'application/json' };

/** Good enough to be judged: no token is refused, each other one is a first sign-in. */
function first(response: ServerResponse, authorization: string | undefined): void {
  if (authorization === undefined) json(response, 401, refused('not_authenticated'));
  else json(response, 200, callbackAnswer('provisioned'));
}

/** @param from the number of the request from which on the target is hostile */
async function checked(answer: (response: ServerResponse) => void, from: number) {
  await using target = await scriptedServer((response, n, { headers }) =>
    n < from ? first(response, headers.authorization) : answer(response),
  );
  const args = ['check', '--url', target.url, '--only', 'replay-identical,no-id-refused', '--quiet'];
  const env = { AGENT_PASTE_STATE_DIR: issuer.paths.directory };
  return { ...(await command(args, { env })), url: target.url };
}

const UNUSABLE: readonly [string, (response: ServerResponse) => void, string][] = [
  ['a page', (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'), 'it is not JSON'],
  [
    'a compressed answer',
    (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(GOOD)),
    'in the content coding "gzip", and only "identity" was asked for',
  ],
  ['a redirect', (response) => response.writeHead(307, { location: '/other' }).end(), 'a redirect to "/other"'],
  ['ten megabytes', (response) => response.writeHead(200, JSON_TYPE).end('x'.repeat(10_000_000)), 'more than 1048576'],
  ['half a text', (response) => response.writeHead(200, JSON_TYPE).end(GOOD.slice(0, 50)), 'it is not JSON'],
  ['a byte order mark', (response) => response.writeHead(200, JSON_TYPE).end(`\ufeff${GOOD}`), 'a byte order mark'],
  ['no body', (response) => response.writeHead(204).end(), 'answered 204 without a body'],
];

describe.each([
  ['at its first request', 1],
  ['in the middle of the check', 4],
])('a target that answers %s with', (_, from) => {
  test.each(UNUSABLE)('%s is exit 3', async (_, answer, message) => {
    const { code, stdout, stderr, url } = await checked(answer, from);
    expect(code, stdout + stderr).toBe(3);
    expect(stdout + stderr).toContain(url);
    // A result is folded where the terminal ends.
    expect((stdout + stderr).replace(/\s+/g, ' ')).toContain(message);
    expect(stderr.split('\n').length).toBeLessThanOrEqual(3);
    expect(stdout).not.toContain('FAIL');
  });
});

test.each([
  ['beginnings of tokens', '-eyJ'],
  ['parts of tokens', 'eyJ.'],
  ['beginnings of secrets', 'sk_'],
  ['marks that turn text around', '\u202e'],
])('half a megabyte of %s in a refusal is read within its time, and cut', async (_, part) => {
  const text = part.repeat(500_000 / Buffer.byteLength(part));
  const { code, stdout } = await checked((response) => json(response, 401, { error: { code: text, reason: text } }), 4);
  expect(code).toBe(1);
  expect(stdout.length).toBeLessThan(20_000);
});

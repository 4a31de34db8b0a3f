/** A WorkOS that takes its time, or has too much to say: a real one, for this is about sockets. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type TestServer, testServer } from '../support/server.ts';

type Slow = (response: ServerResponse) => void;

const silent: Slow = () => undefined;
const headersOnly: Slow = (response) =>
  void response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
const halfABody: Slow = (response) => {
  headersOnly(response);
  response.write('{"keys":[');
};
const dripping: Slow = (response) => {
  headersOnly(response);
  const drip = setInterval(() => response.write(' '), 100);
  response.on('close', () => clearInterval(drip));
};
const breakingOff: Slow = (response) => {
  response.writeHead(200, { 'content-length': '1000' });
  response.write('{"keys":[', () => response.destroy());
};

/** What is waited for at most, with what a busy machine adds: the answers themselves would never come. */
const LIMIT_SECONDS = 30;
/** A limit of three seconds, as timers measure it. */
const LEAST_SECONDS = 2.9;

interface SlowWorkos extends AsyncDisposable {
  readonly url: string;
  /** Bytes of bodies that have left. */
  sent(): number;
}

async function slowWorkos(answer: Slow): Promise<SlowWorkos> {
  let bytes = 0;
  const server = createServer((_, response) => {
    answer(response);
    response.on('close', () => {
      bytes += response.socket?.bytesWritten ?? 0;
    });
  });
  server.on('connection', (socket) => socket.on('close', () => (bytes = Math.max(bytes, socket.bytesWritten))));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent: () => bytes,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function timedPost(server: TestServer): Promise<{ reason: unknown; status: number; seconds: number }> {
  const started = performance.now();
  const { status, body } = await server.post(server.mint().token);
  return { status, reason: body.error?.reason, seconds: (performance.now() - started) / 1000 };
}

describe.concurrent.each([
  ['says nothing', silent],
  ['sends headers and no body', headersOnly],
  ['sends half a body', halfABody],
  ['sends a byte now and then', dripping],
])('a WorkOS that %s', (_, answer) => {
  test('as a JWKS URL: 503 after 3 seconds, and the next answer comes at once', async () => {
    await using workos = await slowWorkos(answer);
    await using server = await testServer({ 'jwks-url': `${workos.url}/jwks` });
    const first = await timedPost(server);
    expect(first).toMatchObject({ status: 503, reason: 'jwks_unavailable' });
    expect(first.seconds).toBeGreaterThan(LEAST_SECONDS);
    expect(first.seconds).toBeLessThan(LIMIT_SECONDS);
    const next = await timedPost(server);
    expect(next).toMatchObject({ status: 503, reason: 'jwks_unavailable' });
    expect(next.seconds).toBeLessThan(LEAST_SECONDS); // asking again would have taken as long as the first time
  });

  test('as a user endpoint: 503 after 3 seconds', async () => {
    await using workos = await slowWorkos(answer);
    await using keys = await testServer();
    await using server = await testServer({
      'workos-api-url': workos.url,
      'workos-api-key': 'sk_test_slow',
      'jwks-url': keys.running.jwksUrl,
    });
    const started = performance.now();
    const { status, body } = await server.post(keys.mint().token);
    const seconds = (performance.now() - started) / 1000;
    expect({ status, reason: body.error.reason }).toEqual({ status: 503, reason: 'user_endpoint_unavailable' });
    expect(seconds).toBeGreaterThan(LEAST_SECONDS);
    expect(seconds).toBeLessThan(LIMIT_SECONDS);
  });
});

test('an answer that breaks off: 503', async () => {
  await using workos = await slowWorkos(breakingOff);
  await using server = await testServer({ 'jwks-url': `${workos.url}/jwks` });
  expect(await timedPost(server)).toMatchObject({ status: 503, reason: 'jwks_unavailable' });
});

test('a JWKS of 200 MB is not read to its end', async () => {
  const chunk = ' '.repeat(65_536);
  const endless: Slow = (response) => {
    headersOnly(response);
    let left = 200_000_000;
    const more = () => {
      while (left > 0 && response.write(chunk)) left -= chunk.length;
      if (left <= 0) response.end();
    };
    response.on('drain', more);
    more();
  };
  await using workos = await slowWorkos(endless);
  await using server = await testServer({ 'jwks-url': `${workos.url}/jwks` });
  expect(await timedPost(server)).toMatchObject({ status: 503, reason: 'jwks_invalid' });
  await expect.poll(() => workos.sent()).toBeGreaterThan(0);
  expect(workos.sent()).toBeLessThan(50_000_000);
});

/** A WorkOS that takes its time, or has too much to say: a real one, for this is about sockets. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { ISSUER_TIMEOUT_MS } from '../../../src/callback/issuer-request.ts';
import { type TestServer, testServer } from '../../support/server.ts';

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

/** As timers measure it. The answers themselves would never come. */
const LEAST_SECONDS = ISSUER_TIMEOUT_MS / 1000 - 0.1;

interface SlowWorkos extends AsyncDisposable {
  readonly url: string;
  /** How often it was asked. */
  asked(): number;
  /** Bytes of bodies that have left. */
  sent(): number;
}

async function slowWorkos(answer: Slow): Promise<SlowWorkos> {
  let bytes = 0;
  let requests = 0;
  const server = createServer((_, response) => {
    requests++;
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
    asked: () => requests,
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
  test('causes 503 after 3 seconds as a JWKS URL, and at once for the next request', async () => {
    await using workos = await slowWorkos(answer);
    await using server = await testServer({ 'jwks-url': `${workos.url}/jwks` });
    const first = await timedPost(server);
    expect(first).toMatchObject({ status: 503, reason: 'jwks_unavailable' });
    expect(first.seconds).toBeGreaterThan(LEAST_SECONDS);
    const next = await timedPost(server);
    expect(next).toMatchObject({ status: 503, reason: 'jwks_unavailable' });
    expect(workos.asked()).toBeLessThanOrEqual(1 + Math.floor(next.seconds)); // a second later it may be asked again
  });

  test('causes 503 after 3 seconds as a user endpoint', async () => {
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
  });
});

test('a user endpoint that was silent is asked by one callback at a time, and by all once it answers', async () => {
  let isWell = false;
  const asked: ServerResponse[] = [];
  const answerUser = (response: ServerResponse) =>
    void response.end(JSON.stringify({ id: response.req.url?.split('/').at(-1), email: 'ada@example.com' }));
  await using workos = await slowWorkos((response) => (isWell ? answerUser(response) : void asked.push(response)));
  await using keys = await testServer();
  await using server = await testServer({
    'workos-api-url': workos.url,
    'workos-api-key': 'sk_test_slow',
    'jwks-url': keys.running.jwksUrl,
  });
  const post = () => server.post(keys.mint().token);
  expect((await post()).status).toBe(503);
  const began = performance.now();
  const probe = post();
  await expect.poll(() => workos.asked()).toBe(2);
  const others = await Promise.all(Array.from({ length: 20 }, post));
  expect(others.map(({ status, body }) => [status, body.error.reason])).toEqual(
    others.map(() => [503, 'user_endpoint_unavailable']),
  );
  expect(others[0]?.headers.get('retry-after')).toBe('1');
  const probes = 1 + Math.floor((performance.now() - began) / 1000 / LEAST_SECONDS); // on a busy machine one ends meanwhile
  expect(workos.asked()).toBeLessThanOrEqual(1 + probes);
  isWell = true;
  const last = asked.at(-1) as ServerResponse;
  if (!last.destroyed) answerUser(last);
  await probe;
  const next = await post(); // if the probe came to its own end first, this one is the next probe
  expect(next.status).toBe(200);
  expect((await Promise.all(Array.from({ length: 20 }, post))).map(({ status }) => status)).toEqual(
    Array(20).fill(200),
  );
});

test('a WorkOS is given three seconds', () => {
  expect(ISSUER_TIMEOUT_MS).toBe(3000);
});

test('answers 503 for a truncated answer', async () => {
  await using workos = await slowWorkos(breakingOff);
  await using server = await testServer({ 'jwks-url': `${workos.url}/jwks` });
  expect(await timedPost(server)).toMatchObject({ status: 503, reason: 'jwks_unavailable' });
});

test('stops reading a JWKS of 200 MB', async () => {
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

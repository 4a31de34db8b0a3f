import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bytesOf, open, type RawAnswer, received } from '../support/raw-socket.ts';
import { type TestServer, testServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Below what Node itself would wait, which is half a minute and more, and far above what a busy machine adds to our limits. */
const SOON_SECONDS = 20;

/** Sends the text, then a byte of the rest twice a second, until the server has had enough. */
async function drip(text: string, rest: string): Promise<RawAnswer & { readonly seconds: number }> {
  const started = performance.now();
  const socket = await open(server.running.port);
  socket.write(text);
  let sent = 0;
  const dripping = setInterval(() => {
    if (socket.writable && sent < rest.length) socket.write(rest.charAt(sent++));
  }, 500);
  const answer = await received(socket);
  clearInterval(dripping);
  return { ...answer, seconds: (performance.now() - started) / 1000 };
}

const request = (lines: readonly string[], body = '') =>
  bytesOf(server.running.port, { method: 'POST', target: '/user_management/users', lines, body });

function slowBody() {
  const lines = ['Authorization: Bearer sk_test_local', 'Content-Type: application/json', 'Transfer-Encoding: chunked'];
  return drip(request(lines, '100\r\n'), 'x'.repeat(100));
}

describe.concurrent('a client that takes its time', () => {
  test('with the first byte: 408 and closed after 5 seconds', async () => {
    const { status, body, seconds } = await drip('', '');
    expect([status, body.error.code]).toEqual([408, 'invalid_request']);
    expect(seconds).toBeGreaterThan(4.9);
    expect(seconds).toBeLessThan(SOON_SECONDS);
  });

  test('with its headers: 408 and closed after 5 seconds, though bytes keep coming', async () => {
    const { status, body, seconds } = await drip('GET /healthz HTTP/1.1\r\n', 'X-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaa');
    expect([status, body.error.code]).toEqual([408, 'invalid_request']);
    expect(seconds).toBeGreaterThan(4.9);
    expect(seconds).toBeLessThan(SOON_SECONDS);
  });

  test('with its body: 408 and closed after 10 seconds, though bytes keep coming', async () => {
    const { status, body, seconds } = await slowBody();
    expect([status, body.error.code]).toEqual([408, 'invalid_request']);
    expect(seconds).toBeGreaterThan(9.9);
    expect(seconds).toBeLessThan(SOON_SECONDS);
    expect(server.bugs).toEqual([]);
  });

  test('with its headers is closed long before one that takes its time with its body', async () => {
    const [headers, body] = await Promise.all([drip('GET /healthz HTTP/1.1\r\n', ''), slowBody()]);
    expect([headers.status, body.status]).toEqual([408, 408]);
    expect(body.seconds - headers.seconds).toBeGreaterThan(2.5); // five, and a second between two looks at either
  });

  test('with its second request: closed after 5 seconds', async () => {
    const { status, seconds } = await drip(bytesOf(server.running.port, {}), '');
    expect(status).toBe(200);
    expect(seconds).toBeGreaterThan(4.9);
    expect(seconds).toBeLessThan(SOON_SECONDS);
  });

  test('does not hold up the others', async () => {
    const slow = await Promise.all(Array.from({ length: 100 }, () => open(server.running.port)));
    for (const socket of slow) socket.write('GET /healthz HTTP/1.1\r\nX-Slow: ');
    const first = await Promise.race([server.get('/healthz'), ...slow.map((socket) => once(socket, 'close'))]);
    expect(first).toMatchObject({ status: 200 });
    for (const socket of slow) socket.destroy();
  });
});

/** Proxies that the environment names: nothing goes through them, whatever they do. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agentPaste, serverProcess } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { type TestServer, testServer } from '../../support/server.ts';

/** Plays WorkOS, in this process. */
let workos: TestServer;
beforeAll(async () => {
  workos = await testServer();
});
afterAll(() => workos[Symbol.asyncDispose]());

interface Proxy extends AsyncDisposable {
  readonly url: string;
  /** Connections so far. */
  connections(): number;
}

async function proxy(behave: (socket: Socket) => void): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createServer((socket) => {
    count += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    behave(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => count,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const PROXIES: readonly [string, (socket: Socket) => void][] = [
  ['answers 502', (socket) => socket.once('data', () => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'))],
  ['hangs up', (socket) => socket.destroy()],
  ['says nothing', () => undefined],
  ['answers with something else', (socket) => socket.once('data', () => socket.end('SSH-2.0-x\r\n'))],
];

/** Every way to name one. */
const environment = (url: string) => ({
  NODE_USE_ENV_PROXY: '1',
  HTTP_PROXY: url,
  http_proxy: url,
  HTTPS_PROXY: url,
  https_proxy: url,
  ALL_PROXY: url,
  NO_PROXY: '',
});

describe.each(PROXIES)('a proxy of the environment that %s', (_, behave) => {
  test('does not see the requests for keys and users', async () => {
    using directory = temporaryDirectory();
    await using between = await proxy(behave);
    await using server = await serverProcess(['--state-dir', directory.path, '--workos-api-url', workos.url], {
      env: { ...environment(between.url), WORKOS_API_KEY: 'sk_test_local' },
    });
    const answer = await fetch(server.ready.callback_url, {
      method: 'POST',
      headers: { authorization: `Bearer ${workos.mint().token}` },
    });
    expect(answer.status).toBe(200);
    expect(await server.stop()).toBe(0);
    expect(between.connections()).toBe(0);
  });

  test('does not see those of doctor', async () => {
    using directory = temporaryDirectory();
    await using between = await proxy(behave);
    const { stdout } = await agentPaste(
      ['doctor', '--json', '--state-dir', directory.path, '--workos-api-url', workos.url],
      { env: { ...environment(between.url), WORKOS_API_KEY: 'sk_test_local' } },
    );
    expect(stdout).toContain('answers with keys');
    expect(between.connections()).toBe(0);
  });
});

test('a WorkOS that cannot be reached is 503 with its reason, asked once a second, and left alone when the server ends', async () => {
  using directory = temporaryDirectory();
  await using gone = await proxy((socket) => socket.destroy());
  await using server = await serverProcess(['--state-dir', directory.path, '--workos-api-url', gone.url], {
    env: { WORKOS_API_KEY: 'sk_test_local' },
  });
  const { token } = workos.mint();
  for (let count = 0; count < 20; count++) {
    const answer = await fetch(server.ready.callback_url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ error: { reason: 'jwks_unavailable' } });
  }
  expect(await server.stop()).toBe(0);
  const asked = gone.connections();
  expect(asked).toBeLessThan(20);
  expect(await (await fetch(`${workos.url}/healthz`)).json()).toEqual({ status: 'ok' });
  expect(gone.connections()).toBe(asked);
});

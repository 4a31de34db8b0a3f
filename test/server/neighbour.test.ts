/** A port that is taken: what has it is named, without waiting for what never answers. */
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { describe, expect, it, test } from 'vitest';
import { command } from '../support/command.ts';
import { temporaryDirectory } from '../support/directory.ts';
import { testServer } from '../support/server.ts';

async function listening(server: Server, host = '127.0.0.1') {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

async function start(port: number, args: readonly string[] = []) {
  using directory = temporaryDirectory();
  const { code, stdout, stderr } = await command(['serve', '--port', String(port), ...args], { cwd: directory.path });
  expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
  return stderr;
}

describe('serve at the port of an agent-paste server with another state', () => {
  test.each([
    ['the same host', '127.0.0.1', []],
    ['IPv6', '::1', ['--host', '::1']],
    ['every address', '127.0.0.1', ['--host', '0.0.0.0', '--allow-remote']],
    ['a name', '127.0.0.1', ['--host', 'localhost']],
  ])('names it: %s', async (_, host, args) => {
    await using other = await testServer({ host });
    const stderr = await start(other.running.port, args);
    expect(stderr).toContain('is in use by agent-paste with another state than');
    expect(stderr).toContain(`Use it at http://`);
  });

  test('names it in remote mode, where it plays no WorkOS', async () => {
    await using workos = await testServer();
    const remote = { 'workos-api-url': workos.url, 'workos-api-key': 'sk_test_local' };
    await using other = await testServer(remote);
    expect(await start(other.running.port)).toContain('agent-paste with another state');
  });
});

describe('serve at the port of another program names the port alone', () => {
  const http = (answer: RequestListener) => createHttpServer(answer);
  const json = (body: unknown) => http((_, response) => void response.end(JSON.stringify(body)));

  it.each<[string, () => Server]>([
    ['which never answers', () => createServer((socket) => void socket.resume())],
    ['which reads nothing', () => createServer((socket) => void socket.pause())],
    ['which hangs up', () => createServer((socket) => void socket.destroy())],
    ['which does not speak HTTP', () => createServer((socket) => void socket.end('SSH-2.0-OpenSSH_9.6\r\n'))],
    ['which sends one byte and no more', () => createServer((socket) => void socket.resume().write('H'))],
    ['which is healthy in its own way', () => json({ status: 'ok' })],
    ['whose answer is null', () => json(null)],
    ['whose answer is a list', () => json([{ issuer: 'x' }])],
    ['whose answer is a page', () => http((_, response) => void response.end('<html>'))],
    ['whose answer never ends', () => http((_, response) => void response.writeHead(200).write('{'))],
    ['whose answer is too long', () => http((_, response) => void response.end('x'.repeat(100_000)))],
    ['which redirects', () => http((_, response) => void response.writeHead(302, { location: '/x' }).end())],
  ])('%s', async (_, make) => {
    await using other = await listening(make());
    const stderr = await start(other.port);
    expect(stderr).toContain(`port ${other.port} of 127.0.0.1 is in use\n`);
    expect(stderr).not.toContain('agent-paste with');
  });
});

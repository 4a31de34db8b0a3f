/** What one command prints about a server, the next one accepts, on whatever address the server listens. */
import { writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { agentPaste, serverProcess } from '../support/binary.ts';
import { temporaryDirectory } from '../support/directory.ts';

const ADDRESS = Object.values(networkInterfaces())
  .flat()
  .find((each) => each?.family === 'IPv4' && !each.internal)?.address;

const HOSTS = ['127.0.0.1', 'localhost', '127.0.0.2', '::1', '[::1]', '0.0.0.0', '::', ...(ADDRESS ? [ADDRESS] : [])];

describe.each(HOSTS)('a server that listens on %s', (host) => {
  test('prints URLs that are reached, and that the other commands accept', async () => {
    using directory = temporaryDirectory();
    await using server = await serverProcess(['--host', host, '--allow-remote'], { cwd: directory.path });
    const ready = server.ready as unknown as Record<string, string>;
    for (const url of [
      `${ready.url}/healthz`,
      ready.jwks_url ?? '',
      ready.callback_url ?? '',
      ready.authorize_url ?? '',
    ])
      expect((await fetch(url, { redirect: 'manual' })).status, url).not.toBe(421);
    const run = (...args: string[]) => agentPaste(args, { cwd: directory.path });
    writeFileSync(join(directory.path, 'token'), (await run('mint')).stdout);
    const url = ready.url ?? '';
    for (const [args, code] of [
      [['replay', '--url', url, '--times', '2', '--allow-remote'], 0],
      [['explain', '--url', url, '@token'], 0],
      [['wait', '--timeout', '5s'], 0],
      [['status'], 0],
      [['doctor', '--port', String(server.ready.port), '--host', host], 0],
    ] as const) {
      const result = await run(...args);
      expect(result, `${args.join(' ')}: ${result.stdout}`).toMatchObject({ code });
    }
  });
});

describe('the sign-in has the name of the dashboard, if the server is reached by it', () => {
  test.each([
    ['127.0.0.1', 'http://127.0.0.1:3000/cb', '127.0.0.1'],
    ['127.0.0.1', 'http://localhost:3000/cb', 'localhost'],
    ['0.0.0.0', 'http://127.0.0.1:3000/cb', '127.0.0.1'],
    ['::', 'http://localhost:3000/cb', 'localhost'],
    ['::1', 'http://localhost:3000/cb', '[::1]'],
    ['::1', 'http://127.0.0.1:3000/cb', '[::1]'],
    ['127.0.0.2', 'http://localhost:3000/cb', '127.0.0.2'],
  ])('on %s for %s: %s', async (host, redirectUri, name) => {
    using directory = temporaryDirectory();
    const args = ['--host', host, '--allow-remote', '--redirect-uri', redirectUri];
    await using server = await serverProcess(args, { cwd: directory.path });
    const url = new URL((server.ready as unknown as Record<string, string>).authorize_url ?? '');
    expect(url.hostname).toBe(name);
    expect((await fetch(url)).status).toBeLessThan(500);
  });
});

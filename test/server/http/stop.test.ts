/** How a server ends: asked to, asked twice, or by a bug; and what it does when its output cannot be written. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PATIENCE } from '../../../src/server/http/patience.ts';
import type { Wrapping } from '../../../src/server/parts.ts';
import { BINARY, type ServerProcess, serverProcess } from '../../support/binary.ts';
import { counts, ONE_SIGN_IN, query } from '../../support/database.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { fleet } from '../../support/fleet.ts';
import { answersIn, bytesOf, collected, open } from '../../support/raw-socket.ts';
import { type Flags, testServer } from '../../support/server.ts';

/** A server in this process that gives running requests so many milliseconds when it stops. */
const serverWithGrace = (graceMs: number, flags: Flags = {}) =>
  testServer(flags, temporaryDirectory(), { patience: { graceMs } });

/** Longer than any test may take: a server that stops has not waited for it. */
const HOUR = 3_600_000;

/** Asks over one kept connection, again and again, until the server has had enough. @returns how many answers came whole */
async function askOnAndOn({ ready }: ServerProcess): Promise<number> {
  using agent = disposable(new Agent({ keepAlive: true, maxSockets: 1 }));
  for (let answers = 0; ; answers++) {
    const ended = await new Promise<boolean>((resolve, reject) => {
      request(`${ready.url}/healthz`, { agent }, (response) => {
        response.on('data', () => undefined).on('end', () => resolve(false));
        response.on('aborted', () => reject(new Error('an answer broke off')));
      })
        .on('error', () => resolve(true))
        .end();
    });
    if (ended) return answers;
  }
}

function disposable(agent: Agent): Agent & Disposable {
  return Object.assign(agent, { [Symbol.dispose]: () => agent.destroy() });
}

describe('SIGTERM', () => {
  test('finishes running requests under load, truncates no answer, exits 0 in time, and leaves a sound database', async () => {
    await using servers = await fleet(1, ['--hold', 'before-send=1s']);
    const [server] = servers.servers as [ServerProcess];
    const idle = await open(server.ready.port);
    const load = Array.from({ length: 4 }, () => askOnAndOn(server));
    const signIns = Promise.all(servers.mint('user_stop', 8).map((token) => servers.post(0, token)));
    await expect.poll(() => counts(servers.paths.database).records).toBe(8);

    expect(await server.stop()).toBe(0);
    expect(existsSync(`${servers.paths.database}-wal`)).toBe(false); // emptied into the database
    expect((await signIns).map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    for (const answers of await Promise.all(load)) expect(answers).toBeGreaterThan(0);
    expect(query(servers.paths.database, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    idle.destroy();
  });

  test('exits 0 with idle connections only', async () => {
    await using servers = await fleet(1);
    const [server] = servers.servers as [ServerProcess];
    const sockets = await Promise.all(Array.from({ length: 5 }, () => open(server.ready.port)));
    await fetch(`${server.ready.url}/healthz`); // a connection that is kept
    expect(await server.stop()).toBe(0);
    for (const socket of sockets) socket.destroy();
  });

  test('cuts an endless request, exits 0 within 5 seconds, and leaves nothing half done', async () => {
    await using servers = await fleet(1, ['--hold', 'after-commit=10m', '--in-flight-wait', '60s']);
    const [server] = servers.servers as [ServerProcess];
    const [token = ''] = servers.mint('user_held');
    const post = () => servers.post(0, token).catch(() => 'cut');
    const held = [post()];
    await expect.poll(() => counts(servers.paths.database)).toEqual(ONE_SIGN_IN);
    held.push(post()); // waits for the first
    const half = await open(server.ready.port);
    half.write('GET /healthz HTTP/1.1\r\n');
    await fetch(`${server.ready.url}/healthz`);
    const started = performance.now();
    expect(await server.stop()).toBe(0);
    expect(performance.now() - started).toBeGreaterThanOrEqual(PATIENCE.graceMs);
    expect(PATIENCE.graceMs).toBeLessThan(5000);
    half.destroy();
    expect(await Promise.all(held)).toEqual(['cut', 'cut']);
    expect(counts(servers.paths.database)).toEqual(ONE_SIGN_IN);
  });

  test('answers all requests that wait on one connection', async () => {
    await using servers = await fleet(1, ['--hold', 'before-send=300ms']);
    const [server] = servers.servers as [ServerProcess];
    const { port } = server.ready;
    const signIns = servers
      .mint('user_line', 6)
      .map((token) =>
        bytesOf(port, { method: 'POST', target: '/v1/auth/web/callback', lines: [`Authorization: Bearer ${token}`] }),
      );
    const socket = await open(port);
    const answered = collected(socket);
    socket.write(signIns.join(''));
    await expect.poll(() => counts(servers.paths.database).records).toBeGreaterThan(0);
    expect(await server.stop()).toBe(0);
    expect(answersIn(await answered).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(counts(servers.paths.database).records).toBe(6);
  });

  test('finishes answers that the client takes slowly', async () => {
    await using servers = await fleet(1);
    const [server] = servers.servers as [ServerProcess];
    const socket = await open(server.ready.port);
    const count = 60;
    socket.pause().write(bytesOf(server.ready.port, { target: '/openapi.json' }).repeat(count));
    await fetch(`${server.ready.url}/openapi.json`);
    const stopped = server.stop();
    await expect.poll(() => server.stderr()).toContain('stopping');
    const answers = answersIn(await collected(socket.resume()));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: count }, () => 200));
    expect(await stopped).toBe(0);
  });

  test('ends the process at once when sent twice', async () => {
    await using servers = await fleet(1, ['--hold', 'after-commit=10m']);
    const [server] = servers.servers as [ServerProcess];
    const [token = ''] = servers.mint('user_held');
    const held = servers.post(0, token).catch(() => 'cut');
    await expect.poll(() => counts(servers.paths.database).members).toBe(1);
    server.child.kill('SIGTERM');
    await expect.poll(() => server.stderr()).toContain('stopping');
    server.child.kill('SIGTERM');
    await once(server.child, 'close');
    expect(server.child.signalCode).toBe('SIGTERM'); // and not the 0 with which a stop ends
    expect(await held).toBe('cut');
  });
});

describe.concurrent('a stop with a request that is half there', () => {
  const HALVES: readonly [string, (port: number, token: string) => readonly [string, string]][] = [
    ['in its header', (port) => [`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`, '\r\n']],
    ['in its body', (port, token) => [posted(port, token, ['Content-Length: 4'], '{"'), '"}']],
    [
      'in its chunks',
      (port, token) => [posted(port, token, ['Transfer-Encoding: chunked'], '2\r\n{}'), '\r\n0\r\n\r\n'],
    ],
    [
      'behind another one',
      (port) => [`${bytesOf(port, {})}GET /healthz HTTP/1.1\r\n`, `Host: 127.0.0.1:${port}\r\n\r\n`],
    ],
  ];

  function posted(port: number, token: string, lines: readonly string[], body: string): string {
    const credential = [`Authorization: Bearer ${token}`, 'Content-Type: application/json'];
    return bytesOf(port, { method: 'POST', target: '/v1/auth/web/callback', lines: [...credential, ...lines], body });
  }

  test.each(HALVES.slice(0, 3))('answers it when the rest comes: %s', async (_, half) => {
    await using server = await serverWithGrace(HOUR);
    const { port, stop } = server.running;
    const [first, rest] = half(port, server.mint().token);
    const socket = await open(port);
    const answered = collected(socket);
    socket.write(first);
    await fetch(`${server.url}/healthz`); // by now the server has it
    const stopped = stop();
    socket.write(rest);
    expect(answersIn(await answered).map(({ status, headers }) => [status, headers.get('connection')])).toEqual([
      [200, 'close'],
    ]);
    await stopped;
  });

  test.each(HALVES)('answers 408 when the rest does not come: %s', async (_, half) => {
    await using server = await serverWithGrace(300);
    const { port, stop } = server.running;
    const socket = await open(port);
    const answered = collected(socket);
    socket.write(half(port, server.mint().token)[0]);
    await fetch(`${server.url}/healthz`);
    await stop();
    const answers = answersIn(await answered);
    expect(answers.at(-1)?.status).toBe(408);
  });
});

describe('a stop', () => {
  test('accepts no connection from then on, however long a sweep takes to end', async () => {
    const swept = Promise.withResolvers<void>();
    const sweeping = Promise.withResolvers<void>();
    const store: Wrapping['store'] = (inner) => ({
      ...inner,
      async sweep() {
        sweeping.resolve();
        await swept.promise;
        return 0;
      },
    });
    await using server = await testServer({}, temporaryDirectory(), { store });
    await sweeping.promise;
    const stopped = server.running.stop();
    await expect
      .poll(() =>
        open(server.running.port).then(
          () => 'accepted',
          ({ code }) => code,
        ),
      )
      .toBe('ECONNREFUSED');
    swept.resolve();
    await stopped;
  });

  test('does not wait for idle connections', async () => {
    await using server = await serverWithGrace(HOUR);
    const sockets = await Promise.all(Array.from({ length: 5 }, () => open(server.running.port)));
    await fetch(`${server.url}/healthz`); // a connection that is kept
    await server.running.stop();
    for (const socket of sockets) socket.destroy();
  });

  test('cuts an endless request when the time is over', async () => {
    await using server = await serverWithGrace(300, { hold: ['after-commit=10m'] });
    const held = server.post(server.mint().token).catch(() => 'cut');
    await expect.poll(() => counts(server.paths.database)).toEqual(ONE_SIGN_IN);
    await server.running.stop();
    expect(await held).toBe('cut');
    expect(counts(server.paths.database)).toEqual(ONE_SIGN_IN);
  });
});

test('behaves like SIGTERM on SIGINT', async () => {
  await using servers = await fleet(1);
  const [server] = servers.servers as [ServerProcess];
  server.child.kill('SIGINT');
  await once(server.child, 'close');
  expect(server.child.exitCode).toBe(0);
});

describe('a bug outside any request', () => {
  test.each([
    ['an error that nobody catches', 'throw new Error("boom")'],
    ['a promise that nobody waits for', 'Promise.reject(new Error("boom"))'],
  ])('logs one error for %s, exits 70, and keeps what was committed', async (_, failure) => {
    using directory = temporaryDirectory();
    const trap = `data:text/javascript,process.once('SIGUSR2',()=>{${encodeURIComponent(failure)}})`;
    await using server = await serverProcess(['--state-dir', directory.path], {
      env: { NODE_OPTIONS: `--import=${trap}`, WORKOS_API_KEY: 'sk_canary' },
    });
    server.child.kill('SIGUSR2');
    await once(server.child, 'close');
    expect(server.child.exitCode).toBe(70);
    const [line = ''] = server
      .stderr()
      .split('\n')
      .filter((text) => text.includes('boom'));
    expect(JSON.parse(line)).toMatchObject({ error: { code: 'bug' } });
    expect(server.stderr()).not.toContain('sk_canary');
  });
});

test('ends the server with one line and exit 7 when its database was replaced, after a 503', async () => {
  await using servers = await fleet(1);
  const [server] = servers.servers as [ServerProcess];
  const [first, second] = servers.mint('user_replaced', 2) as [string, string];
  expect((await servers.post(0, first)).status).toBe(200);
  renameSync(servers.paths.database, `${servers.paths.database}.moved`);
  expect((await servers.post(0, second)).status).toBe(503);
  await once(server.child, 'close');
  expect(server.child.exitCode).toBe(7);
  expect(JSON.parse(server.stderr())).toMatchObject({ error: { code: 'state_mismatch' } });
  // What was acknowledged went along with the file.
  expect(counts(`${servers.paths.database}.moved`)).toEqual(ONE_SIGN_IN);
});

test('keeps the API key of WorkOS out of a diagnostic report', async () => {
  using directory = temporaryDirectory();
  const options = `--report-on-signal --report-signal=SIGUSR2 --report-dir=${directory.path}`;
  await using server = await serverProcess(['--state-dir', join(directory.path, 'state')], {
    env: { NODE_OPTIONS: options, WORKOS_API_KEY: 'sk_canary' },
  });
  server.child.kill('SIGUSR2');
  const reports = () => readdirSync(directory.path).filter((name) => name.startsWith('report.'));
  await expect.poll(reports).toHaveLength(1);
  await expect.poll(() => server.stderr()).toContain('Node.js report completed');
  const report = readFileSync(join(directory.path, String(reports()[0])), 'utf8');
  expect(JSON.parse(report).header.processId).toBe(server.ready.pid);
  expect(report).not.toContain('sk_canary');
});

describe('stdout', () => {
  test('when full ends the server that cannot print its ready line, with a non-zero exit code', async () => {
    using directory = temporaryDirectory();
    const full = openSync('/dev/full', 'w');
    const args = [BINARY, 'serve', '--json', '--port', '0', '--state-dir', directory.path];
    const child = spawn(process.execPath, args, { stdio: ['ignore', full, 'pipe'] });
    closeSync(full);
    let said = '';
    child.stderr?.on('data', (chunk) => {
      said += chunk;
    });
    await once(child, 'close');
    expect(child.exitCode).toBe(7);
    expect(said).toContain('ENOSPC');
  });

  test('when closed after the ready line does not end the server', async () => {
    using directory = temporaryDirectory();
    await using server = await serverProcess(['--state-dir', directory.path]);
    server.child.stdout?.destroy();
    expect((await fetch(`${server.ready.url}/healthz`)).status).toBe(200);
    expect(await server.stop()).toBe(0);
  });

  test('when closed for the log does not end the server', async () => {
    using directory = temporaryDirectory();
    await using server = await serverProcess(['--state-dir', directory.path, '--log', 'json']);
    server.child.stderr?.destroy();
    for (let count = 0; count < 20; count++) expect((await fetch(`${server.ready.url}/healthz`)).status).toBe(200);
    expect(await server.stop()).toBe(0);
  });
});

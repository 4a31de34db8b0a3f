/** How a server ends: asked to, asked twice, or by a bug; and what it does when nobody can read what it prints. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BINARY, type ServerProcess, serverProcess } from '../support/binary.ts';
import { counts, ONE_SIGN_IN, query } from '../support/database.ts';
import { temporaryDirectory } from '../support/directory.ts';
import { fleet } from '../support/fleet.ts';
import { open } from '../support/raw-socket.ts';

/** A stop may take five seconds: with what a busy machine adds, and far from the minutes for which these requests wait. */
const IN_TIME_SECONDS = 30;
/** For which a stop waits for running requests. */
const GRACE_SECONDS = 4;

async function timed(work: () => Promise<number | null>): Promise<{ code: number | null; seconds: number }> {
  const started = performance.now();
  const code = await work();
  return { code, seconds: (performance.now() - started) / 1000 };
}

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
  test('under load: running requests end, no answer breaks off, exit 0 in time, and the database is sound', async () => {
    await using servers = await fleet(1, ['--hold', 'before-send=1s']);
    const [server] = servers.servers as [ServerProcess];
    const idle = await open(server.ready.port);
    const half = await open(server.ready.port);
    half.write('GET /healthz HTTP/1.1\r\n');
    const load = Array.from({ length: 4 }, () => askOnAndOn(server));
    const signIns = Promise.all(servers.mint('user_stop', 8).map((token) => servers.post(0, token)));
    await expect.poll(() => counts(servers.paths.database).records).toBe(8);

    const { code, seconds } = await timed(() => server.stop());
    expect(code).toBe(0);
    expect(seconds).toBeLessThan(IN_TIME_SECONDS);
    expect(existsSync(`${servers.paths.database}-wal`)).toBe(false); // emptied into the database
    expect((await signIns).map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    for (const answers of await Promise.all(load)) expect(answers).toBeGreaterThan(0);
    expect(query(servers.paths.database, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    idle.destroy();
    half.destroy();
  });

  test('with nothing but idle connections: exit 0 at once', async () => {
    await using servers = await fleet(1);
    const [server] = servers.servers as [ServerProcess];
    const sockets = await Promise.all(Array.from({ length: 5 }, () => open(server.ready.port)));
    await fetch(`${server.ready.url}/healthz`); // a connection that is kept
    const { code, seconds } = await timed(() => server.stop());
    expect(code).toBe(0);
    expect(seconds).toBeLessThan(GRACE_SECONDS); // there is nothing to wait for
    for (const socket of sockets) socket.destroy();
  });

  test('with a request that takes for ever: it is cut, exit 0 within 5 seconds, and nothing is half done', async () => {
    await using servers = await fleet(1, ['--hold', 'after-commit=10m', '--in-flight-wait', '60s']);
    const [server] = servers.servers as [ServerProcess];
    const [token = ''] = servers.mint('user_held');
    const post = () => servers.post(0, token).catch(() => 'cut');
    const held = [post()];
    await expect.poll(() => counts(servers.paths.database)).toEqual(ONE_SIGN_IN);
    held.push(post()); // waits for the first
    await fetch(`${server.ready.url}/healthz`);
    const { code, seconds } = await timed(() => server.stop());
    expect(code).toBe(0);
    expect(seconds).toBeGreaterThan(GRACE_SECONDS - 0.1);
    expect(seconds).toBeLessThan(IN_TIME_SECONDS);
    expect(await Promise.all(held)).toEqual(['cut', 'cut']);
    expect(counts(servers.paths.database)).toEqual(ONE_SIGN_IN);
  });

  test('twice: the second ends the process at once', async () => {
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

test('SIGINT ends as SIGTERM does', async () => {
  await using servers = await fleet(1);
  const [server] = servers.servers as [ServerProcess];
  server.child.kill('SIGINT');
  await once(server.child, 'close');
  expect(server.child.exitCode).toBe(0);
});

describe('a bug outside of every request', () => {
  test.each([
    ['an error that nobody catches', 'throw new Error("boom")'],
    ['a promise that nobody waits for', 'Promise.reject(new Error("boom"))'],
  ])('%s: one error, exit 70, and what was committed is there', async (_, failure) => {
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

test('a database that was replaced ends the server: 503 for whoever asked, one line, exit 7', async () => {
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

test('a diagnostic report, where one is asked for, does not hold the API key of WorkOS', async () => {
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
  test('full: the server that could not say that it is ready ends, and does not say 0', async () => {
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

  test('closed after the ready line: the server goes on', async () => {
    using directory = temporaryDirectory();
    await using server = await serverProcess(['--state-dir', directory.path]);
    server.child.stdout?.destroy();
    expect((await fetch(`${server.ready.url}/healthz`)).status).toBe(200);
    expect(await server.stop()).toBe(0);
  });

  test('a log that nobody reads any more does not end the server', async () => {
    using directory = temporaryDirectory();
    await using server = await serverProcess(['--state-dir', directory.path, '--log', 'json']);
    server.child.stderr?.destroy();
    for (let count = 0; count < 20; count++) expect((await fetch(`${server.ready.url}/healthz`)).status).toBe(200);
    expect(await server.stop()).toBe(0);
  });
});

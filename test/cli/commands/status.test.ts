import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { agentPaste, type ServerProcess, serverProcess } from '../../support/binary.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/directory.ts';

const NOT_A_URL = JSON.stringify({ url: '-', pid: 1, issuer: 'i', client_id: 'c', db: ':memory:', started_at: 'now' });

let directory: TemporaryDirectory;

beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => directory[Symbol.dispose]());

/** In the directory of the test, where the state is as well. */
const run = (...args: string[]) => agentPaste(args, { cwd: directory.path });
const serve = (...args: string[]) => serverProcess(args, { cwd: directory.path });

async function status() {
  const { code, stdout } = await run('status', '--json');
  return { code, ...JSON.parse(stdout) };
}

async function killed({ child }: ServerProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe('agent-paste status', () => {
  test('says 3 where no server has ever run, and makes nothing', async () => {
    expect(await status()).toMatchObject({ code: 3, running: false, url: null, pid: null, servers: [] });
    const { code, stdout } = await run('status');
    expect([code, stdout]).toEqual([3, `no server runs with the state ${join(directory.path, '.agent-paste')}\n`]);
    expect(readdirSync(directory.path)).toEqual([]);
  });

  test('tells where the server is, and for whom it accepts tokens', async () => {
    await using server = await serve('--issuer', 'https://issuer.example', '--client-id', 'client_other');
    const { url, pid, db } = server.ready;
    expect(await status()).toMatchObject({
      code: 0,
      running: true,
      url,
      pid,
      issuer: 'https://issuer.example',
      client_id: 'client_other',
      db,
    });
    const { stdout } = await run('status');
    expect(stdout).toContain(`agent-paste runs at ${url} (pid ${pid}, since `);
  });

  test('forgets a server that was stopped, and one that was killed', async () => {
    const first = await serve();
    const second = await serve();
    expect((await status()).url).toBe(second.ready.url);
    await killed(second);
    expect((await status()).url).toBe(first.ready.url);
    expect(await first.stop()).toBe(0);
    expect((await status()).code).toBe(3);
  });

  test('finds two servers of one state, the last one first, and no server of another state', async () => {
    await using first = await serve();
    await using second = await serve();
    await using _elsewhere = await serve('--state-dir', 'another');
    const { servers } = await status();
    expect(servers.map(({ url }: { url: string }) => url)).toEqual([second.ready.url, first.ready.url]);
  });

  test('takes away what killed servers left, at the next start', async () => {
    await killed(await serve());
    await using server = await serve();
    const names = readdirSync(join(directory.path, '.agent-paste'));
    expect(names.filter((name) => name.startsWith('server-') && name.endsWith('.json'))).toHaveLength(1);
    expect((await status()).url).toBe(server.ready.url);
  });

  test.each(['', '{', '[]', 'null', '{"url":1}', '{"url":"http://127.0.0.1:1"}', NOT_A_URL])(
    'is not misled by a note that holds %s',
    async (text) => {
      await using server = await serve();
      const folder = join(directory.path, '.agent-paste');
      const note = readdirSync(folder).find((name) => name.startsWith('server-') && name.endsWith('.json')) as string;
      writeFileSync(join(folder, note), text);
      expect((await status()).code).toBe(3);
      expect((await fetch(`${server.ready.url}/healthz`)).status).toBe(200);
    },
  );

  test('refuses a note that other users could have written', async () => {
    await using _server = await serve();
    const folder = join(directory.path, '.agent-paste');
    const note = join(
      folder,
      readdirSync(folder).find((name) => name.startsWith('server-') && name.endsWith('.json')) as string,
    );
    const { chmodSync } = await import('node:fs');
    chmodSync(note, 0o666);
    expect(await run('status')).toMatchObject({ code: 7, stderr: expect.stringContaining('others could read it') });
  });
});

describe('the running server of a state', () => {
  test('is found by mint, replay, explain, inspect and doctor without a flag', async () => {
    const elsewhere = join(directory.path, 'elsewhere.db');
    await using server = await serve(
      '--issuer',
      'https://issuer.example',
      '--client-id',
      'client_x',
      '--db',
      elsewhere,
    );
    const token = (await run('mint', '--email', 'ada@example.com')).stdout.trim();
    const answer = await fetch(server.ready.callback_url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
    expect(answer.status).toBe(200);
    expect(await run('explain', token)).toMatchObject({ code: 0 });
    expect(await run('replay', '--email', 'ada@example.com', '--times', '2')).toMatchObject({ code: 0 });
    expect((await run('inspect', 'members')).stdout).toContain('ada@example.com');
    const { settings } = JSON.parse((await run('doctor', '--port', '0', '--json')).stdout);
    const said = settings.filter(({ origin }: { origin: string }) => origin === 'server');
    expect(said.map(({ name }: { name: string }) => name).sort()).toEqual(['client-id', 'db', 'issuer', 'url']);
  });

  test('gives way to a flag, to a variable and to the configuration file', async () => {
    await using _server = await serve('--issuer', 'https://issuer.example', '--client-id', 'client_x');
    const claims = async (args: string[], env: Record<string, string> = {}) => {
      const { stdout } = await agentPaste(['mint', '--json', ...args], { cwd: directory.path, env });
      const { iss, client_id } = JSON.parse(stdout).tokens[0].claims;
      return [iss, client_id];
    };
    expect(await claims(['--issuer', 'https://flag.example'])).toEqual(['https://flag.example', 'client_x']);
    expect(await claims([], { WORKOS_CLIENT_ID: 'client_env' })).toEqual(['https://issuer.example', 'client_env']);
    writeFileSync(join(directory.path, 'agent-paste.config.yaml'), 'client-id: client_file\n');
    expect(await claims([])).toEqual(['https://issuer.example', 'client_file']);
  });

  test('is the one at the URL that was given, where several run', async () => {
    await using first = await serve('--issuer', 'https://first.example');
    await using _second = await serve('--issuer', 'https://second.example');
    const { code } = await run('replay', '--url', first.ready.url, '--email', 'ada@example.com', '--expect', '200');
    expect(code).toBe(0);
  });

  test('is named to a second one that wants the same port', async () => {
    await using server = await serve();
    const { port, pid } = server.ready;
    const { code, stderr } = await run('serve', '--port', String(port));
    expect([code, stderr]).toEqual([6, expect.stringContaining(`in use by agent-paste (pid ${pid})`)]);
  });
});

describe('agent-paste wait', () => {
  test('prints the URL once the server answers, although it began first', async () => {
    const waiting = run('wait', '--timeout', '5m');
    await using server = await serve();
    expect(await waiting).toMatchObject({ code: 0, stdout: `${server.ready.url}\n` });
  });

  test('waits for the server at a URL that was given, of whatever state', async () => {
    await using server = await serve('--state-dir', 'another');
    expect(await run('wait', '--url', server.ready.url, '--json')).toMatchObject({
      code: 0,
      stdout: `${JSON.stringify({ schema_version: 1, url: server.ready.url })}\n`,
    });
  });

  test('says 3 when the time is over, and what it waited for', async () => {
    expect(await run('wait', '--timeout', '1ms')).toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringContaining(`none runs with the state ${join(directory.path, '.agent-paste')}`),
    });
    expect(await run('wait', '--url', 'http://127.0.0.1:1', '--timeout', '1ms')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('http://127.0.0.1:1'),
    });
  });

  test.each(['0s', '5', 'soon', '2h', '-1s', ''])('refuses the timeout %j', async (timeout) => {
    expect(await run('wait', '--timeout', timeout)).toMatchObject({ code: 2 });
  });
});

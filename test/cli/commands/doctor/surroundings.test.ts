import { writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../../../src/cli/commands/doctor/finding.ts';
import { SETTINGS } from '../../../../src/machine/settings.ts';
import { command } from '../../../support/command.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../../support/directory.ts';
import { testServer } from '../../../support/server.ts';

let directory: TemporaryDirectory;

beforeEach(() => {
  directory = temporaryDirectory();
});

afterEach(() => directory[Symbol.dispose]());

async function doctor(args: readonly string[], env: Record<string, string> = {}, now?: number) {
  const options = { cwd: directory.path, env, ...(now === undefined ? {} : { now }) };
  const { code, stdout } = await command(['doctor', '--json', ...args], options);
  const { ok, findings, settings } = JSON.parse(stdout);
  expect(code).toBe(ok ? 0 : 1);
  return { stdout, settings, of: (name: string) => findings.find((finding: Finding) => finding.code === name) };
}

/** Something that listens and is not ours. */
async function listener(answer: RequestListener) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port: String(port),
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

describe('doctor on the port', () => {
  it('distinguishes a free port, one of our server, and one of another program', async () => {
    const taken = await listener((_, response) => void response.end('<html>'));
    expect((await doctor(['--port', taken.port])).of('port')).toEqual({
      code: 'port',
      severity: 'error',
      message: `127.0.0.1:${taken.port} is in use by another program`,
      remedy: 'Choose another with --port, or stop that program.',
    });
    await taken[Symbol.asyncDispose]();
    expect((await doctor(['--port', taken.port])).of('port')).toMatchObject({
      severity: 'ok',
      message: expect.stringMatching(/is free$/),
    });

    await using server = await testServer();
    const { port } = new URL(server.url);
    expect((await doctor(['--port', port])).of('port')).toMatchObject({
      severity: 'warning',
      message: expect.stringContaining(`a server of another state answers at 127.0.0.1:${port}`),
    });
    expect((await doctor(['--port', port, '--state-dir', server.paths.directory])).of('port')).toEqual({
      code: 'port',
      severity: 'ok',
      message: `agent-paste (pid ${process.pid}) answers at ${server.url}, with this state`,
    });
    expect((await doctor(['--port', '0'])).of('port')).toMatchObject({ message: 'any free port of 127.0.0.1' });
  });

  it('finds a server of another state on IPv6, too', async () => {
    await using server = await testServer({ host: '::1' });
    const { port } = new URL(server.url);
    expect((await doctor(['--host', '::1', '--port', port])).of('port')).toMatchObject({ severity: 'warning' });
  });

  it('finds an address that this machine does not have', async () => {
    const { of } = await doctor(['--host', '203.0.113.7', '--port', '0']);
    expect(of('port')).toMatchObject({
      severity: 'error',
      message: expect.stringMatching(/cannot listen on 203\.0\.113\.7:0/),
    });
  });
});

describe('doctor in remote mode', () => {
  it('finds the key set, the user endpoint and the clock of an issuer ok', async () => {
    await using workos = await testServer();
    const env = { WORKOS_API_BASE_URL: workos.url, WORKOS_API_KEY: 'sk_test_local' };
    const { of } = await doctor(['--port', '0'], env);
    for (const code of ['jwks', 'user_endpoint', 'clock']) expect(of(code)).toMatchObject({ severity: 'ok' });
  });

  it('checks none of them in local mode', async () => {
    const { of } = await doctor(['--port', '0']);
    for (const code of ['jwks', 'user_endpoint', 'clock']) expect(of(code)).toBeUndefined();
  });

  it('finds a rejected API key and a missing one', async () => {
    await using workos = await testServer();
    const url = ['--port', '0', '--workos-api-url', workos.url];
    const refused = await doctor(url, { WORKOS_API_KEY: 'sk_test_canary' });
    expect(refused.of('user_endpoint')).toMatchObject({ severity: 'error', message: `${workos.url} answers 401` });
    expect(refused.stdout).not.toContain('sk_test_canary');
    expect((await doctor(url)).of('user_endpoint')).toMatchObject({
      severity: 'error',
      message: 'WORKOS_API_KEY is not set',
    });
  });

  it('finds an issuer that is down, and a malformed key set', async () => {
    await using none = await listener((_, response) => void response.end('{"keys":[]}'));
    const gone = await listener(() => undefined);
    const remote = (url: string) => ['--port', '0', '--workos-api-url', url];
    const env = { WORKOS_API_KEY: 'sk_test_local' };
    const empty = await doctor(remote(none.url), env);
    expect(empty.of('jwks')).toMatchObject({ severity: 'error', message: expect.stringMatching(/an empty list/) });
    await gone[Symbol.asyncDispose]();
    const down = await doctor(remote(gone.url), env);
    expect(down.of('jwks')).toMatchObject({ severity: 'error', message: expect.stringMatching(/ECONNREFUSED/) });
    expect(down.of('user_endpoint')).toMatchObject({
      severity: 'error',
      message: expect.stringMatching(/ECONNREFUSED/),
    });
    expect(down.of('clock')).toMatchObject({ severity: 'warning', message: expect.stringMatching(/ECONNREFUSED/) });
  });

  it('compares the clock with the Date of the issuer', async () => {
    const now = Date.UTC(2026, 2, 3, 12);
    let date: string | undefined;
    await using issuer = await listener((_, response) => {
      if (date === undefined) response.sendDate = false;
      else response.setHeader('Date', date);
      response.end('{}');
    });
    const clock = async (seconds: number | undefined) => {
      date = seconds === undefined ? undefined : new Date(now + seconds * 1000).toUTCString();
      const { of } = await doctor(['--port', '0', '--jwks-url', `${issuer.url}/jwks`], {}, now);
      return of('clock');
    };
    expect(await clock(30)).toMatchObject({ severity: 'ok', message: '30 s behind the issuer' });
    expect(await clock(31)).toMatchObject({ severity: 'error', message: 'this clock is 31 s behind the issuer' });
    expect(await clock(-90)).toMatchObject({ severity: 'error', message: 'this clock is 90 s ahead of the issuer' });
    expect(await clock(undefined)).toMatchObject({
      severity: 'warning',
      message: expect.stringMatching(/does not tell its time/),
    });
  });
});

describe('doctor on the configuration', () => {
  it('names every setting with its value and its source', async () => {
    writeFileSync(join(directory.path, 'agent-paste.config.yaml'), 'issuer: https://file.example\nkey-env: live\n');
    const env = { WORKOS_CLIENT_ID: 'client_env', WORKOS_ISSUER: 'https://env.example' };
    const { settings, of } = await doctor(['--port', '0'], env);
    expect(settings.map(({ name }: { name: string }) => name)).toEqual(Object.keys(SETTINGS));
    const find = (name: string) => settings.find((setting: { name: string }) => setting.name === name);
    expect(find('port')).toEqual({ name: 'port', value: 0, origin: 'flag' });
    expect(find('issuer')).toEqual({ name: 'issuer', value: 'https://env.example', origin: 'environment' });
    expect(find('key-env')).toEqual({ name: 'key-env', value: 'live', origin: 'file' });
    expect(find('db')).toEqual({ name: 'db', value: null, origin: 'default' });
    expect(of('configuration')).toMatchObject({
      severity: 'ok',
      message: expect.stringMatching(/agent-paste\.config\.yaml$/),
    });
  });

  it('never shows a secret, whatever its source', async () => {
    writeFileSync(join(directory.path, 'agent-paste.config.yaml'), 'workos-api-key: sk_test_canary\n');
    for (const args of [['--json'], []]) {
      const { stdout, stderr } = await command(['doctor', '--port', '0', ...args], { cwd: directory.path });
      expect(stdout + stderr).not.toContain('sk_test_canary');
      expect(stdout).toContain('(set)');
    }
  });

  it('finds an unusable configuration file, and leaves a bad flag to exit code 2', async () => {
    const path = join(directory.path, 'agent-paste.config.yaml');
    writeFileSync(path, 'port: 99999\n');
    expect((await doctor([])).of('configuration')).toMatchObject({
      severity: 'error',
      message: expect.stringMatching(/port: .*0 to 65535/),
    });
    writeFileSync(path, 'prot: 1\n');
    expect((await doctor([])).of('configuration')).toMatchObject({
      severity: 'error',
      message: expect.stringMatching(/unknown setting "prot"/),
    });
    writeFileSync(path, '');
    const { code, stdout } = await command(['doctor', '--port', 'x'], { cwd: directory.path });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('fits 80 columns, with each remedy under its finding', async () => {
    const { stdout } = await command(['doctor', '--no-color', '--port', '0'], { cwd: directory.path, columns: 80 });
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(directory.path.length + 80);
    expect(stdout).toMatch(/^warning {2}state_directory {6}.*\n {30}.*\n {30}The first `agent-paste serve`/m);
    expect(stdout).toContain('Settings that are not the default\n  SETTING');
  });
});

describe('the names of dashboard and sign-in', () => {
  const finding = async (args: readonly string[], env: Record<string, string>) =>
    (await doctor(['--port', '0', ...args], env)).of('host_names');

  it.each([
    [{ WORKOS_API_HOSTNAME: '127.0.0.1', WORKOS_REDIRECT_URI: 'http://localhost:3000/callback' }, 'localhost'],
    [{ NEXT_PUBLIC_WORKOS_REDIRECT_URI: 'http://127.0.0.1:3000/callback' }, '127.0.0.1'],
    [{ WORKOS_API_HOSTNAME: 'localhost', AGENT_PASTE_REDIRECT_URI: 'http://127.0.0.1:3000/cb' }, '127.0.0.1'],
  ])('are warned of when they differ: %o', async (env, name) => {
    expect(await finding([], env)).toMatchObject({
      severity: 'warning',
      remedy: `Use one name for both: WORKOS_API_HOSTNAME=${name}.`,
    });
  });

  it.each([
    {},
    { WORKOS_REDIRECT_URI: 'http://localhost:3000/callback' },
    { AGENT_PASTE_REDIRECT_URI: 'http://127.0.0.1:3000/cb' },
    { WORKOS_REDIRECT_URI: 'https://app.example/callback' },
    { WORKOS_REDIRECT_URI: 'nonsense' },
  ])('are sound otherwise: %o', async (env) => {
    expect(await finding([], env)).toMatchObject({ severity: 'ok' });
  });

  it('are not looked at where another WorkOS is asked', async () => {
    const args = ['--workos-api-url', 'http://127.0.0.1:1'];
    expect(await finding(args, { WORKOS_REDIRECT_URI: 'http://127.0.0.1:3000/' })).toBeUndefined();
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { agentPaste, BINARY } from '../support/binary.ts';
import { temporaryDirectory } from '../support/directory.ts';

const NODE = process.execPath;

/** A script of Node as the command of `exec`. */
function script(code: string): readonly string[] {
  return ['exec', '--', NODE, '--input-type=module', '--eval', code];
}

describe('exec', () => {
  test('gives the command a server that is ready, its settings, and a token of a first sign-in', async () => {
    const { code, stdout, stderr } = await agentPaste(
      script(`
        const { env } = process;
        const sent = await fetch(env.AGENT_PASTE_API_URL + '/v1/auth/web/callback', {
          method: 'POST', headers: { authorization: 'Bearer ' + env.AGENT_PASTE_TOKEN },
        });
        const body = await sent.json();
        const jwks = await fetch(env.WORKOS_JWKS_URL);
        const [, payload] = env.AGENT_PASTE_TOKEN.split('.');
        const claims = JSON.parse(Buffer.from(payload, 'base64url'));
        const user = await fetch(env.WORKOS_API_BASE_URL + '/user_management/users/' + claims.sub, {
          headers: { authorization: 'Bearer ' + env.WORKOS_API_KEY },
        });
        console.log(JSON.stringify({
          callback: sent.status, secret: typeof body.default_api_key.secret, jwks: jwks.status, user: user.status,
          issuer: claims.iss === env.WORKOS_ISSUER, client: claims.client_id === env.WORKOS_CLIENT_ID,
        }));
      `),
    );
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      callback: 200,
      secret: 'string',
      jwks: 200,
      user: 200,
      issuer: true,
      client: true,
    });
    expect(code).toBe(0);
  });

  test.each([0, 1, 7, 42, 255])('returns exit code %i of the command', async (expected) => {
    expect((await agentPaste(script(`process.exit(${expected})`))).code).toBe(expected);
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGKILL', 137],
    ['SIGINT', 130],
  ])('returns 128 + n when %s ends the command', async (signal, expected) => {
    expect(
      (await agentPaste(script(`process.kill(process.pid, '${signal}'); setTimeout(() => {}, 60_000)`))).code,
    ).toBe(expected);
  });

  test('2, and the command is not run, for an e-mail address that is none', async () => {
    expect(await agentPaste(['exec', '--email', 'bad', '--', 'echo', 'run'])).toMatchObject({ code: 2, stdout: '' });
  });

  test('127 and one line when there is no such command', async () => {
    const { code, stderr } = await agentPaste(['exec', '--', 'no-such-command-anywhere']);
    expect(code).toBe(127);
    expect(stderr).toBe('error: no-such-command-anywhere: no such command\n');
  });

  test('126 and one line when it cannot be executed', async () => {
    using directory = temporaryDirectory();
    const file = join(directory.path, 'text');
    writeFileSync(file, 'no program', { mode: 0o600 });
    const { code, stderr } = await agentPaste(['exec', '--', file]);
    expect(code).toBe(126);
    expect(stderr).toContain(`error: ${file} cannot be executed`);
  });

  test('leaves the options of the command to the command', async () => {
    const args = [
      'exec',
      '--',
      NODE,
      '--eval',
      'console.log(JSON.stringify(process.argv.slice(1)))',
      '--',
      '--json',
      '--port',
      '1',
    ];
    const { stdout } = await agentPaste(args);
    expect(JSON.parse(stdout)).toEqual(['--json', '--port', '1']);
  });

  test('passes stdin, stdout and stderr through', async () => {
    const echo = `process.stdin.pipe(process.stdout); process.stdin.on('end', () => process.stderr.write('done'))`;
    const { stdout, stderr } = await agentPaste(script(echo), { input: 'hello' });
    expect([stdout, stderr]).toEqual(['hello', 'done']);
  });

  test('is a fresh server whatever the environment says of another', async () => {
    const env = {
      WORKOS_API_BASE_URL: 'https://api.workos.com',
      AGENT_PASTE_DB: '/nowhere/x.db',
      AGENT_PASTE_PORT: '1',
    };
    const { code } = await agentPaste(script('process.exit(0)'), { env });
    expect(code).toBe(0);
  });

  test('a command of its own mints for the same server', async () => {
    const { stdout } = await agentPaste(['exec', '--', NODE, BINARY, 'mint', '--json', '--email', 'grace@example.com']);
    expect(JSON.parse(stdout).tokens[0].expected.status).toBe(200);
  });

  test('asks for a command when there is none', async () => {
    const { code, stderr } = await agentPaste(['exec']);
    expect(code).toBe(2);
    expect(stderr).toContain('command');
  });
});

describe('what exec leaves', () => {
  test('no file, when its state was its own', async () => {
    using directory = temporaryDirectory();
    const { stdout } = await agentPaste(script(`console.log(process.env.AGENT_PASTE_STATE_DIR)`), {
      env: { TMPDIR: directory.path },
    });
    expect(stdout.trim().startsWith(directory.path)).toBe(true);
    expect(readdirSync(directory.path)).toEqual([]);
  });

  test('the state, when --state-dir named a place for it', async () => {
    using directory = temporaryDirectory();
    const state = join(directory.path, 'state');
    await agentPaste(['--state-dir', state, ...script('process.exit(0)')]);
    expect(readdirSync(state)).toContain('agent-paste.db');
  });

  test('no server: the port is closed when it is over', async () => {
    const { stdout } = await agentPaste(script(`console.log(process.env.AGENT_PASTE_API_URL)`));
    await expect(fetch(`${stdout.trim()}/healthz`)).rejects.toThrow();
  });
});

describe('signals', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s reaches the command, whose exit code is returned',
    async (signal) => {
      using directory = temporaryDirectory();
      const waiting = `process.on('${signal}', () => { console.log('got it'); process.exit(9); });
      setTimeout(() => {}, 60_000); console.log('ready');`;
      const child = spawn(NODE, [BINARY, ...script(waiting)], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { PATH: process.env.PATH ?? '', TMPDIR: directory.path },
      });
      const exited = once(child, 'exit');
      const [first] = await once(child.stdout, 'data');
      expect(String(first)).toBe('ready\n');
      child.kill(signal);
      expect(await text(child.stdout)).toBe('got it\n');
      expect(await exited).toEqual([9, null]);
      expect(readdirSync(directory.path)).toEqual([]);
    },
  );
});

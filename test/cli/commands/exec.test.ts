import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { agentPaste, BINARY } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';

const NODE = process.execPath;

/** A script of Node as the command of `exec`. */
function script(code: string): readonly string[] {
  return ['exec', '--', NODE, '--input-type=module', '--eval', code];
}

describe('exec', () => {
  test('gives the command a ready server, its settings, and a token for a first sign-in', async () => {
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

  test('exits 2 without running the command for an invalid e-mail address', async () => {
    expect(await agentPaste(['exec', '--email', 'bad', '--', 'echo', 'run'])).toMatchObject({ code: 2, stdout: '' });
  });

  test('exits 127 with one line when the command does not exist', async () => {
    const { code, stderr } = await agentPaste(['exec', '--', 'no-such-command-anywhere']);
    expect(code).toBe(127);
    expect(stderr.split('\n')[0]).toBe('error: no-such-command-anywhere: no such command');
  });

  test.each([
    ['an empty name', [''], ': no such command'],
    ['a whole line', ['npm test'], "agent-paste exec -- sh -c '…'"],
    ['a path to nothing', ['./nothing/here'], './nothing/here: no such command'],
    ['a directory below a file', [`${NODE}/x`], 'no such command'],
  ])('exits 127 for %s, and says what to do', async (_, command, words) => {
    const { code, stdout, stderr } = await agentPaste(['exec', '--', ...command]);
    expect({ code, stdout }).toEqual({ code: 127, stdout: '' });
    expect(stderr).toContain(words);
    expect(stderr).not.toContain('bug');
  });

  test.each([
    ['#!/no/such/interpreter', '/no/such/interpreter is not there'],
    ['#!/bin/bash\r', 'The line ends as on Windows (CR LF)'],
    ['#! /usr/bin/no-such-env node', '/usr/bin/no-such-env is not there'],
  ])('exits 127 for a script that begins with %j, and names its interpreter', async (line, words) => {
    using directory = temporaryDirectory();
    const file = join(directory.path, 'script-of-mine');
    writeFileSync(file, `${line}\necho run\n`, { mode: 0o700 });
    for (const [name, env] of [
      [file, {}],
      ['script-of-mine', { PATH: `${directory.path}:${process.env.PATH}` }],
    ] as const) {
      const { code, stdout, stderr } = await agentPaste(['exec', '--', name], { env });
      expect({ code, stdout }).toEqual({ code: 127, stdout: '' });
      expect(stderr).toContain(words);
    }
  });

  test('keeps its sign-ins out of the state that a variable or a configuration file names', async () => {
    using directory = temporaryDirectory();
    writeFileSync(join(directory.path, 'agent-paste.config.yaml'), 'state-dir: developer\n');
    const code = 'process.stdout.write(process.env.AGENT_PASTE_STATE_DIR)';
    for (const env of [{ AGENT_PASTE_STATE_DIR: join(directory.path, 'developer') }, {}] as Record<string, string>[]) {
      const { stdout } = await agentPaste(script(code), { cwd: directory.path, env });
      expect(stdout).toContain('agent-paste-exec-');
    }
    expect(readdirSync(directory.path)).toEqual(['agent-paste.config.yaml']);
  });

  test('exits 126 with one line when the command cannot be executed', async () => {
    using directory = temporaryDirectory();
    const file = join(directory.path, 'text');
    writeFileSync(file, 'no program', { mode: 0o600 });
    const { code, stderr } = await agentPaste(['exec', '--', file]);
    expect(code).toBe(126);
    expect(stderr).toContain(`error: ${file} cannot be executed`);
  });

  test('passes options after the command to the command', async () => {
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

  test('starts a fresh server even if the environment names another', async () => {
    const env = {
      WORKOS_API_BASE_URL: 'https://api.workos.com',
      AGENT_PASTE_DB: '/nowhere/x.db',
      AGENT_PASTE_PORT: '1',
    };
    const { code } = await agentPaste(script('process.exit(0)'), { env });
    expect(code).toBe(0);
  });

  test('lets the command mint tokens for the same server', async () => {
    const { stdout } = await agentPaste(['exec', '--', NODE, BINARY, 'mint', '--json', '--email', 'grace@example.com']);
    expect(JSON.parse(stdout).tokens[0].expected.status).toBe(200);
  });

  test('exits 2 when no command is given', async () => {
    const { code, stderr } = await agentPaste(['exec']);
    expect(code).toBe(2);
    expect(stderr).toContain('command');
  });
});

describe('what exec leaves behind', () => {
  test('no file, when it made the state itself', async () => {
    using directory = temporaryDirectory();
    const { stdout } = await agentPaste(script(`console.log(process.env.AGENT_PASTE_STATE_DIR)`), {
      env: { TMPDIR: directory.path },
    });
    expect(stdout.trim().startsWith(directory.path)).toBe(true);
    expect(readdirSync(directory.path)).toEqual([]);
  });

  test('the state, when --state-dir names a directory', async () => {
    using directory = temporaryDirectory();
    const state = join(directory.path, 'state');
    await agentPaste(['--state-dir', state, ...script('process.exit(0)')]);
    expect(readdirSync(state)).toContain('agent-paste.db');
  });

  test('no server: the port is closed afterwards', async () => {
    const { stdout } = await agentPaste(script(`console.log(process.env.AGENT_PASTE_API_URL)`));
    await expect(fetch(`${stdout.trim()}/healthz`)).rejects.toThrow();
  });
});

describe('signals', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'passes %s on to the command and returns its exit code',
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

test('gives a dashboard what it signs in with, and signs it in without a click', async () => {
  const dashboard = `
    const { env } = process;
    const base = \`http://\${env.WORKOS_API_HOSTNAME}:\${env.WORKOS_API_PORT}\`;
    const query = new URLSearchParams({
      client_id: env.WORKOS_CLIENT_ID, redirect_uri: 'http://localhost:3000/callback', response_type: 'code', provider: 'authkit',
    });
    const sent = await fetch(\`\${base}/user_management/authorize?\${query}\`, { redirect: 'manual' });
    const code = new URL(sent.headers.get('location')).searchParams.get('code');
    const body = { client_id: env.WORKOS_CLIENT_ID, client_secret: env.WORKOS_API_KEY, grant_type: 'authorization_code', code };
    const headers = { 'content-type': 'application/json' };
    const granted = await fetch(\`\${base}/user_management/authenticate\`, { method: 'POST', headers, body: JSON.stringify(body) });
    const { user } = await granted.json();
    console.log(env.WORKOS_API_HOSTNAME, env.WORKOS_API_HTTPS, user.email);
  `;
  const flags = ['--redirect-uri', 'http://localhost:3000/callback', '--sign-in-as', 'grace@example.com'];
  const { code, stdout, stderr } = await agentPaste([
    'exec',
    ...flags,
    '--',
    process.execPath,
    '--input-type=module',
    '--eval',
    dashboard,
  ]);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'localhost false grace@example.com\n', stderr: '' });
});

describe('exec, for a command that fails', () => {
  const posting = (token: string) => `
    const { env } = process;
    await fetch(env.AGENT_PASTE_API_URL + '/v1/auth/web/callback', {
      method: 'POST', headers: { authorization: 'Bearer ' + ${token} },
    });
    process.exit(3);`;

  test('shows what the server was asked, and why it refused', async () => {
    const { code, stderr } = await agentPaste(script(posting('"nonsense"')));
    expect(code).toBe(3);
    expect(stderr).toMatch(/^requests to the server:\n\S+Z POST \/v1\/auth\/web\/callback 401 refused malformed_token/);
  });

  test('shows the last requests of many', async () => {
    const asking = 'for (let n = 0; n < 25; n++) await fetch(process.env.AGENT_PASTE_API_URL + "/healthz?" + n);';
    const { stderr } = await agentPaste(script(`${asking} process.exit(1)`));
    expect(stderr.match(/GET \/healthz 200/g)).toHaveLength(20);
    expect(stderr).toContain('last 20 requests to the server:');
  });

  test.each([['--quiet'], ['--log', 'off']])('shows nothing with %s %s', async (...flags) => {
    const [, ...rest] = script(posting('"nonsense"'));
    expect(await agentPaste(['exec', ...flags.filter(Boolean), ...rest])).toMatchObject({ code: 3, stderr: '' });
  });

  test('prints the log as it comes where one is asked for', async () => {
    const { code, stderr } = await agentPaste(script(posting('env.AGENT_PASTE_TOKEN')), {
      env: { AGENT_PASTE_LOG: 'json' },
    });
    expect([code, JSON.parse(stderr).outcome]).toEqual([3, 'provisioned']);
  });
});

test('exec takes the settings of a server', async () => {
  const flags = [
    '--issuer',
    'https://issuer.example',
    '--client-id',
    'client_x',
    '--key-env',
    'live',
    '--in-flight',
    'conflict',
  ];
  const { code, stdout } = await agentPaste([
    'exec',
    ...flags,
    '--',
    NODE,
    '--input-type=module',
    '--eval',
    `const { env } = process;
    const { default_api_key, ...rest } = await (await fetch(env.AGENT_PASTE_API_URL + '/v1/auth/web/callback', {
      method: 'POST', headers: { authorization: 'Bearer ' + env.AGENT_PASTE_TOKEN },
    })).json();
    console.log(default_api_key.secret.slice(0, 11), env.WORKOS_ISSUER, env.WORKOS_CLIENT_ID);`,
  ]);
  expect([code, stdout]).toEqual([0, 'ap_pk_live_ https://issuer.example client_x\n']);
});

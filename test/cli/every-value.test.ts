/** Each setting with each value that no person means: refused before anything is made, or it works at a sign-in. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { systemRandom } from '../../src/machine/random.ts';
import type { Setting } from '../../src/machine/settings/setting.ts';
import { LOCAL_API_KEY, SETTING_NAMES, SETTINGS, type SettingName } from '../../src/machine/settings.ts';
import { command, overStream } from '../support/command.ts';
import { temporaryDirectory } from '../support/directory.ts';
import { HOSTILE_TEXTS } from '../support/hostile-texts.ts';
import { testServer } from '../support/server.ts';

/** The settings that a server with this one starts with. */
const BESIDE: Partial<Record<SettingName, Readonly<Record<string, unknown>>>> = {
  'sign-in-as': { 'redirect-uri': 'http://localhost:3000/callback' },
};

interface Ended {
  readonly code: number;
  readonly stderr: string;
  /** Of a callback, where the server was ready. */
  readonly status: number | undefined;
}

/** `serve` with a configuration file, a sign-in at it with a token of `mint`, and SIGTERM. */
async function served(cwd: string, config: Readonly<Record<string, unknown>>): Promise<Ended> {
  writeFileSync(join(cwd, 'config.json'), JSON.stringify({ port: 0, log: 'off', ...config }));
  let stop: (signal: NodeJS.Signals) => void = () => undefined;
  let status: number | undefined;
  let stderr = '';
  const signIn = async (line: string) => {
    const { url } = JSON.parse(line);
    const { stdout } = await command(['mint', '--config', 'config.json'], { cwd });
    const headers = { authorization: `Bearer ${stdout.trim()}` };
    status = (await fetch(`${url}/v1/auth/web/callback`, { method: 'POST', headers })).status;
    stop('SIGTERM');
  };
  const code = await main({
    argv: ['serve', '--json', '--config', 'config.json'],
    program: [process.execPath],
    env: {},
    cwd,
    stdin: Readable.from([]),
    stdout: overStream(
      new Writable({
        write: (chunk, _, done) =>
          void (chunk.length === 0 ? Promise.resolve() : signIn(String(chunk))).then(() => done(), done),
      }),
    ),
    stderr: overStream(
      new Writable({
        write(chunk, _, done) {
          stderr += chunk;
          done();
        },
      }),
    ),
    random: systemRandom(),
    now: Date.now,
    signal: () => new Promise((resolve) => (stop = resolve)),
    endBy: () => undefined,
    parentGone: () => new Promise(() => undefined),
    onUncaught: () => undefined,
  });
  return { code, stderr, status };
}

const JUDGED = SETTING_NAMES.filter((name) => name !== 'url'); // commands that send read it, and `serve` does not

describe.each(JUDGED)('%s', (name) => {
  const { secret = false } = SETTINGS[name] as Setting<unknown>;

  test.each(Object.keys(HOSTILE_TEXTS))('with %s is refused at start, or works at a sign-in', async (what) => {
    using directory = temporaryDirectory();
    const value = HOSTILE_TEXTS[what] as string;
    const { code, stderr, status } = await served(directory.path, { ...BESIDE[name], [name]: value });
    const said = JSON.stringify({ name, what, code, status, stderr });
    if (status !== undefined) {
      expect({ code, status }, said).toEqual({ code: 0, status: 200 });
      return;
    }
    // What these name is the state itself, which then cannot be used.
    const isState = ['state-dir', 'db', 'peppers', 'peppers-json'].includes(name);
    expect([2, ...(isState ? [7] : [])], said).toContain(code);
    expect(JSON.parse(stderr).error.message, said).toMatch(/^[^\n]*$/);
    expect(stderr).not.toContain('canary');
    if (secret) expect(stderr).not.toContain(JSON.stringify(value).slice(1, -1) || '\0');
    if (code === 2 && name !== 'seed') expect(readdirSync(directory.path), said).toEqual(['config.json']);
  });
});

describe('the URL of a server', () => {
  test.each(Object.keys(HOSTILE_TEXTS))('with %s is refused before anything is sent', async (what) => {
    using directory = temporaryDirectory();
    writeFileSync(join(directory.path, 'config.json'), JSON.stringify({ url: HOSTILE_TEXTS[what] }));
    for (const args of [
      ['replay', '--jti', 'x'],
      ['check', '--only', 'replay-identical'],
    ]) {
      const { code, stderr } = await command([...args, '--config', 'config.json', '--json'], { cwd: directory.path });
      expect({ code, what }).toEqual({ code: 2, what });
      expect(stderr).not.toContain('canary');
    }
  });
});

/** Options that are no settings, and the command that takes each. */
const FLAGS: readonly (readonly [string, readonly string[], string])[] = [
  ['mint', [], '--email'],
  ['mint', [], '--sub'],
  ['mint', [], '--jti'],
  ['mint', [], '--sid'],
  ['mint', [], '--expires-in'],
  ['mint', [], '--issued-at'],
  ['mint', [], '--not-before'],
  ['mint', [], '--kid'],
  ['mint', [], '--claim'],
  ['mint', [], '--fault'],
  ['mint', [], '--count'],
  ['users', ['list'], '--email'],
  ['users', ['list'], '--limit'],
  ['users', ['list'], '--cursor'],
  ['users', ['add', 'ada@example.com'], '--id'],
  ['users', ['add', 'ada@example.com'], '--first-name'],
  ['users', ['add', 'ada@example.com'], '--last-name'],
  ['inspect', ['members'], '--limit'],
  ['inspect', ['members'], '--cursor'],
  ['inspect', ['members'], '--since'],
  ['inspect', ['members'], '--format'],
  ['inspect', ['callbacks'], '--outcome'],
  ['inspect', ['callbacks'], '--reason'],
  ['inspect', ['callbacks'], '--member'],
  ['explain', ['x.y.z'], '--at'],
  ['explain', ['x.y.z'], '--jwks-url'],
  ['replay', [], '--times'],
  ['replay', [], '--concurrency'],
  ['replay', [], '--interval'],
  ['replay', [], '--expect'],
  ['check', [], '--only'],
  ['check', [], '--skip'],
  ['check', [], '--seed'],
  ['check', [], '--repeat'],
  ['check', [], '--patience'],
];

describe.each(FLAGS)('%s %j %s', (name, args, flag) => {
  test.each(Object.keys(HOSTILE_TEXTS))('with %s ends in one line, and never as a bug', async (what) => {
    using directory = temporaryDirectory();
    const given = [name, ...args, `${flag}=${HOSTILE_TEXTS[what]}`, '--json'];
    const target = ['replay', 'check'].includes(name) ? { AGENT_PASTE_API_URL: 'http://127.0.0.1:1' } : {};
    const { code, stderr } = await command(given, { cwd: directory.path, env: target });
    const said = JSON.stringify({ given, code, stderr });
    // 1: the token is refused; 3: nothing listens at that URL; 5: no such user, key or state.
    expect([0, 1, 2, 3, 5], said).toContain(code);
    if (code === 0 || code === 1) return;
    expect(JSON.parse(stderr.trim().split('\n').at(-1) as string).error.message, said).toMatch(/^[^\n]*$/);
  });
});

describe('a member of a user at the WorkOS route', () => {
  const MEMBERS = ['email', 'first_name', 'last_name'];

  test.each(MEMBERS)('%s is 422 in the form of WorkOS, or the user can sign in', async (member) => {
    await using server = await testServer();
    const authorization = `Bearer ${LOCAL_API_KEY}`;
    const texts = Object.values(HOSTILE_TEXTS);
    const emails = texts.flatMap((text) => [text, `${text}@example.com`, `ada@${text}`]);
    for (const [index, value] of (member === 'email' ? emails : texts).entries()) {
      const user = { email: `user${index}@example.com`, [member]: value };
      const answer = await fetch(`${server.url}/user_management/users`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify(user),
      });
      const body = (await answer.json()) as Record<string, string>;
      const said = JSON.stringify({ user, body });
      if (answer.status !== 201) {
        expect([answer.status, body.code], said).toEqual([422, 'invalid_request_parameters']);
        continue;
      }
      expect(body, said).toMatchObject(user);
      expect((await server.post(server.mint({ sub: body.id as string }).token)).status, said).toBe(200);
    }
    expect(server.bugs).toEqual([]);
  });

  test.each(['email', 'limit', 'after', 'before', 'order'])('%s of a list is 200 or 422', async (parameter) => {
    await using server = await testServer();
    for (const value of Object.values(HOSTILE_TEXTS)) {
      const query = new URLSearchParams({ [parameter]: value });
      const answer = await fetch(`${server.url}/user_management/users?${query}`, {
        headers: { authorization: `Bearer ${LOCAL_API_KEY}` },
      });
      expect([200, 422], JSON.stringify({ parameter, value })).toContain(answer.status);
    }
    expect(server.bugs).toEqual([]);
  });

  test('an id in the path is 404 where no user has it', async () => {
    await using server = await testServer();
    for (const value of Object.values(HOSTILE_TEXTS)) {
      if (value.includes('\ud800')) continue; // a URL has no form for it
      const path = `/user_management/users/${encodeURIComponent(value)}`;
      const answer = await fetch(server.url + path, { headers: { authorization: `Bearer ${LOCAL_API_KEY}` } });
      expect([200, 400, 404], path).toContain(answer.status);
      if (answer.status === 200) expect(((await answer.json()) as { object: string }).object, path).toBe('list'); // an empty id, or `..`
    }
    expect(server.bugs).toEqual([]);
  });
});

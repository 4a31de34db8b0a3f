import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { agentPaste, BINARY } from '../support/binary.ts';
import { temporaryDirectory } from '../support/directory.ts';
import { heard, shell } from '../support/shell.ts';

const ESCAPE = '\u001b';

describe('an error', () => {
  test.each([
    ['an unknown option', ['mint', '--nope'], 2, 'invalid_argument'],
    ['an unknown command', ['nope'], 2, 'invalid_argument'],
    ['a bad value', ['mint', '--count', '0'], 2, 'invalid_argument'],
    ['a missing value', ['mint', '--email'], 2, 'invalid_argument'],
    ['a missing command', ['keys'], 2, 'invalid_argument'],
    ['a file that is not there', ['mint', '--config', 'nope'], 2, 'invalid_config'],
    ['a seed that is not there', ['serve', '--seed', 'nope'], 2, 'invalid_seed'],
    ['a key that is none', ['keys', 'import', '-'], 2, 'invalid_key'],
    ['nothing of that name', ['users', 'remove', 'nope'], 5, 'not_found'],
  ])('under --json is one object on stderr: %s', async (_, args, exitCode, errorCode) => {
    using directory = temporaryDirectory();
    const { code, stdout, stderr } = await agentPaste([...args, '--json'], { cwd: directory.path });
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' });
    expect(stderr.endsWith('}\n')).toBe(true);
    const { error, ...rest } = JSON.parse(stderr);
    expect(rest).toEqual({});
    expect(error).toMatchObject({ code: errorCode, message: expect.any(String) });
    expect(Object.keys(error).filter((name) => !['code', 'message', 'hint'].includes(name))).toEqual([]);
  });

  test('names the nearest command or option, and the help command', async () => {
    expect((await agentPaste(['mnt'])).stderr).toBe(
      "error: unknown command 'mnt' (Did you mean mint?)\nSee `agent-paste --help`.\n",
    );
    expect((await agentPaste(['mint', '--emial', 'x'])).stderr).toBe(
      "error: unknown option '--emial' (Did you mean --email?)\nSee `agent-paste mint --help`.\n",
    );
  });

  test('of help names an unknown command', async () => {
    const { code, stderr } = await agentPaste(['help', 'nope']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: "error: unknown command 'nope'\nSee `agent-paste --help`.\n" });
  });

  test('cannot move the cursor or reverse text, whatever it quotes', async () => {
    const { stderr } = await agentPaste(['mint', '--fault', `x${ESCAPE}[2J\u009b2J\u202e`]);
    expect(stderr).toContain('\\u009b');
    expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  });
});

describe('colours', () => {
  const coloured = async (args: string[], env: Record<string, string>) =>
    (await agentPaste(['mint', '--count', '0', ...args], { env })).stderr.includes(ESCAPE);

  test('are off without a terminal, and on with FORCE_COLOR', async () => {
    expect(await coloured([], {})).toBe(false);
    expect(await coloured([], { FORCE_COLOR: '1' })).toBe(true);
  });

  test('stay off with --no-color, NO_COLOR and FORCE_COLOR=0', async () => {
    expect(await coloured(['--no-color'], { FORCE_COLOR: '1' })).toBe(false);
    expect(await coloured([], { NO_COLOR: '1' })).toBe(false);
    for (const FORCE_COLOR of ['1', '3', 'true'])
      expect(await coloured([], { NO_COLOR: '1', FORCE_COLOR })).toBe(false);
    expect(await coloured([], { NO_COLOR: '', FORCE_COLOR: '1' })).toBe(true);
    expect(await coloured([], { FORCE_COLOR: '0' })).toBe(false);
  });
});

describe('stdout', () => {
  test('is empty for an empty list, with a hint on stderr unless --quiet', async () => {
    using directory = temporaryDirectory();
    const hinted = await agentPaste(['users', 'list'], { cwd: directory.path });
    expect(hinted).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('no users yet') });
    expect(await agentPaste(['users', 'list', '--quiet'], { cwd: directory.path })).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });

  test('may be closed early', async () => {
    using sh = shell();
    const { stdout, stderr, code } = await sh.run('agent-paste mint --count 2000 | head -c 3');
    expect({ stdout, stderr, code }).toEqual({ stdout: 'eyJ', stderr: '', code: 0 });
  });

  test
    .runIf(existsSync('/dev/full'))
    .each([['mint'], ['users list --json'], ['keys export'], ['--help'], ['mint --list-faults']])(
    'when full ends `%s` with an error',
    async (command) => {
      using sh = shell();
      const { stderr, code } = await sh.run(`agent-paste ${command} > /dev/full`);
      expect(code).toBe(7);
      expect(stderr).toContain('the output cannot be written: ENOSPC');
    },
  );
});

test('never prompts, and never waits for a stdin that stays open', async () => {
  using directory = temporaryDirectory();
  for (const args of [['mint'], ['users', 'list'], ['keys', 'rotate'], ['--help'], []]) {
    const child = spawn(process.execPath, [BINARY, ...args], {
      cwd: directory.path,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [said] = await Promise.all([text(child.stdout), once(child, 'close')]);
    expect({ args, code: child.exitCode }).toEqual({ args, code: 0 });
    expect(said).not.toMatch(/\?\s*$/);
  }
});

test('runs every command without HOME', async () => {
  using directory = temporaryDirectory();
  const child = spawn(process.execPath, [BINARY, 'mint'], {
    cwd: directory.path,
    env: {},
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  expect({ code: child.exitCode, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^eyJ/);
});

test('keeps the server running when its stderr is closed', async () => {
  using directory = temporaryDirectory();
  const child = spawn(process.execPath, [BINARY, 'serve', '--port', '0', '--json', '--state-dir', directory.path], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { callback_url } = JSON.parse(await heard(child.stdout, '\n'));
  child.stderr.destroy();
  for (let time = 0; time < 3; time++) expect((await fetch(callback_url, { method: 'POST' })).status).toBe(401);
  child.kill();
  expect((await once(child, 'close'))[0]).toBe(0);
});

test.runIf(existsSync('/dev/full'))('ends the server with an error when it cannot print its ready line', async () => {
  using directory = temporaryDirectory();
  const child = spawn(process.execPath, [BINARY, 'serve', '--port', '0', '--json', '--state-dir', directory.path], {
    stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
  });
  const [stderr] = await Promise.all([text(child.stderr as NodeJS.ReadableStream), once(child, 'close')]);
  expect({ code: child.exitCode, stderr }).toMatchObject({ code: 7, stderr: expect.stringContaining('ENOSPC') });
});

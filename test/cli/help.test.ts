import { once } from 'node:events';
import { cpSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { EXIT_CODE_MEANINGS } from '../../src/errors/failure.ts';
import { attemptsPath } from '../../src/store/sqlite/attempt-log.ts';
import { agentPaste, BINARY, serverProcess } from '../support/binary.ts';
import { command } from '../support/command.ts';
import { query } from '../support/database.ts';
import { HAS_POSTGRES, testSchema } from '../support/postgres.ts';
import { heard, type Shell, shell } from '../support/shell.ts';

/** Every command and subcommand, found by reading help. */
async function commandPaths(path: readonly string[] = []): Promise<string[][]> {
  const { stdout } = await agentPaste([...path, '--help']);
  const [, listed = ''] = stdout.split('\nCommands:\n');
  const names = [...listed.split('\n\n')[0]!.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name = '']) => name);
  const below = names.filter((name) => name !== 'help').map((name) => commandPaths([...path, name]));
  return [[...path], ...(await Promise.all(below)).flat()];
}

const paths = await commandPaths();
const examplesIn = (help: string) =>
  [...(help.split('\nUsage:')[0] ?? '').matchAll(/^ {2}\$ (.+)$/gm)].map(([, example = '']) => example);

test("lists every public command in the program's help", () => {
  const named = Object.entries(COMMANDS).filter(([, row]) => !('hidden' in row));
  expect(
    paths
      .filter(({ length }) => length === 1)
      .map(([name]) => name)
      .sort(),
  ).toEqual(named.map(([name]) => name).sort());
});

test('prints the same help without arguments as with --help', async () => {
  const { code, stdout } = await agentPaste([]);
  expect(code).toBe(0);
  expect(stdout).toBe((await agentPaste(['--help'])).stdout);
});

test.each([[[]], [['--help']], [['-h']], [['--version']], [['-V']]])(
  'answers %j with a text of the build, which is what the program says',
  async (args) => {
    const { code, stdout, stderr } = await command(args);
    expect(await agentPaste(args)).toEqual({ code, stdout, stderr });
    expect(stdout).not.toBe('');
  },
);

test("lists the meaning of every exit code in the program's help", async () => {
  const { stdout } = await agentPaste(['--help']);
  const [, listed = ''] = stdout.split('\nExit codes:\n');
  const said = listed.replaceAll(/\n {7}/g, ' ');
  for (const [code, meaning] of Object.entries(EXIT_CODE_MEANINGS))
    expect(said.split('\n')).toContain(`  ${code.padEnd(5)}${meaning}`);
});

interface Place extends AsyncDisposable {
  readonly sh: Shell;
  /** The examples name the default one, which may be taken on this machine. */
  readonly port: number;
  stopServer(): Promise<unknown>;
}

/** Where the README leaves its reader: a project with a server that runs, and Ada has signed in. */
async function place(...flags: string[]): Promise<Place> {
  const sh = shell();
  writeFileSync(join(sh.cwd, 'package.json'), '{ "scripts": { "test": "true" } }');
  cpSync(join(dirname(BINARY), '../fixtures'), join(sh.cwd, 'fixtures'), { recursive: true });
  const server = await serverProcess(flags, { cwd: sh.cwd });
  const { stdout: token } = await sh.run('agent-paste mint --email ada@example.com');
  const headers = { authorization: `Bearer ${token.trim()}` };
  await fetch(server.ready.callback_url, { method: 'POST', headers });
  const log = attemptsPath(server.ready.db); // written a moment later
  await vi.waitFor(() => expect(query(log, 'SELECT id FROM callback_attempts')).toHaveLength(1), { timeout: 120_000 });
  return {
    sh,
    port: server.ready.port,
    stopServer: server.stop,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      sh[Symbol.dispose]();
    },
  };
}

const commands = paths.map((path) => ({ command: ['agent-paste', ...path].join(' '), path }));

describe.each(commands)('$command --help', ({ path }) => {
  test('begins with two or three examples, fits 80 columns, and shows the global options', async () => {
    const { code, stdout, stderr } = await agentPaste([...path, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Examples:\n {2}\$ /);
    expect(stdout).toContain('\n\nUsage: agent-paste');
    const examples = examplesIn(stdout);
    expect(examples.length).toBeGreaterThanOrEqual(2);
    expect(examples.length).toBeLessThanOrEqual(3);
    expect(stdout.split('\n').filter((line) => line.length > 80 && !line.startsWith('  $ '))).toEqual([]);
    for (const option of ['--state-dir', '--config', '--json', '--quiet', '--no-color'])
      expect(stdout).toContain(option);
    expect(stdout).not.toMatch(/\(default: (true|\[\]|\{\})\)/);
  });

  test('has examples that run as printed, one after the other', async ({ skip }) => {
    const { stdout: help } = await agentPaste([...path, '--help']);
    if (path[0] === 'migrate' && !HAS_POSTGRES) return skip('no PostgreSQL');
    await using schema = testSchema();
    await using here = await place(...(path[0] === 'clock' ? ['--clock', '+0s'] : []));
    if (path[0] === 'reset') await here.stopServer(); // it says so itself
    if (path[0] === 'users') await here.sh.run('agent-paste users remove ada@example.com');
    for (const example of examplesIn(help)) {
      if (/^agent-paste serve/.test(example)) {
        await startAndStop(here.sh, example);
        continue;
      }
      const api = `127.0.0.1:${here.port}`;
      const command = example
        .replaceAll('127.0.0.1:8787', api)
        .replaceAll('postgres://owner@127.0.0.1:5432/paste', schema.url);
      const { code, stderr } = await here.sh.run(`export AGENT_PASTE_API_URL=http://${api}; ${command}`);
      // A refused token is what some of its examples explain.
      const accepted = path[0] === 'explain' ? [0, 1] : [0];
      expect(accepted, `${example}: ${stderr}`).toContain(code);
    }
  });
});

/** Ready, then stopped as Ctrl-C does. */
async function startAndStop(sh: Shell, example: string): Promise<void> {
  const free = example.includes('--port') ? example : `${example} --port 0`;
  const child = sh.start(`exec ${free}`);
  await (example.includes('--json')
    ? heard(child.stdout as Readable, '"url"')
    : heard(child.stderr as Readable, 'is ready at'));
  child.kill('SIGINT');
  expect((await once(child, 'close'))[0], example).toBe(0);
}

/** What commands print on a terminal keeps within its width; in a pipe a row stays one line, for `grep`. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command } from '../support/command.ts';
import { type TestServer, testServer } from '../support/server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await testServer();
});

afterAll(() => server[Symbol.asyncDispose]());

const COMMANDS: readonly (readonly string[])[] = [
  ['check', '--list'],
  ['mint', '--list-faults'],
  ['keys', 'list'],
  ['users', 'list'],
  ['replay', '--times', '2', '--fresh', '--no-jti', '--email', 'ada@example.com'],
];

describe.each(COMMANDS)('%s %s', (...args) => {
  const run = async (columns?: number) => {
    const { code, stdout } = await command(['--state-dir', server.paths.directory, '--no-color', ...args], {
      env: { AGENT_PASTE_API_URL: server.url },
      ...(columns === undefined ? {} : { columns }),
    });
    expect(code).toBe(0);
    return stdout.trimEnd().split('\n');
  };

  test.each([80, 140])('fits a terminal of %i columns', async (columns) => {
    expect(Math.max(...(await run(columns)).map((line) => line.length))).toBeLessThanOrEqual(columns);
  });

  test('loses nothing in a pipe', async () => {
    const lines = await run();
    expect(lines.join('\n')).not.toContain('…');
    expect(lines.filter((line) => line.startsWith(' '))).toEqual([]);
  });
});

test.each(['builtin:no-id-is-refused', 'builtin:tokens-without-client', 'builtin:bad-tokens'])(
  'the table of %s fits a terminal of 80 columns',
  async (scenario) => {
    const args = ['--state-dir', server.paths.directory, '--no-color', 'replay', scenario];
    const { stdout } = await command(args, { columns: 80 });
    const rows = stdout.split('\n').filter((line) => /^(?:#|\d)/.test(line));
    expect(rows.length).toBeGreaterThan(2);
    expect(Math.max(...rows.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(rows[0]).toMatch(/KEY .*STATUS .*OUTCOME .*SHA256/);
  },
);

test('on 40 columns, the texts of `check` and `doctor` have no column of single words', async () => {
  for (const args of [['check', '--url', server.url, '--only', 'replay-identical'], ['doctor']]) {
    const { stdout } = await command(['--state-dir', server.paths.directory, '--no-color', ...args], { columns: 40 });
    expect(stdout).not.toBe('');
    expect(stdout.split('\n').filter((line) => /^ {20,}\S+$/.test(line))).toEqual([]);
  }
});

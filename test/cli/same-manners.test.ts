/** One rule for each kind of value, whatever command takes it; the commands and their options are found by reading help. */
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { createProgram } from '../../src/cli/program.ts';
import { textWidth } from '../../src/cli/terminal/fitted-table.ts';
import { command } from '../support/command.ts';
import { temporaryDirectory } from '../support/directory.ts';

interface Given {
  readonly path: readonly string[];
  readonly flag: string;
  readonly placeholder: string;
}

function optionsOf(one: Command, path: readonly string[]): Given[] {
  const own = one.options.flatMap(({ long, flags }) => {
    const placeholder = /<([^>]+)>/.exec(flags)?.[1];
    return long == null || placeholder === undefined ? [] : [{ path, flag: long, placeholder }];
  });
  return [...own, ...one.commands.flatMap((below) => optionsOf(below, [...path, below.name()]))];
}

const program = await createProgram({
  runtime: { stdout: process.stdout, stderr: process.stderr, argv: ['x'] },
  output: { line: () => undefined },
  action: () => async () => undefined,
  configured: () => true,
});
const OPTIONS = program.commands.flatMap((one) => optionsOf(one, [one.name()]));
const withPlaceholder = (wanted: string) => OPTIONS.filter(({ placeholder }) => placeholder === wanted);

/** What a command needs before it looks at its options. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  exec: ['--', 'true'],
  explain: ['x.y.z'],
  users: ['ada@example.com'],
};

async function refused({ path, flag }: Given, value: string) {
  using directory = temporaryDirectory();
  const args = [...path, `${flag}=${value}`, ...(ARGUMENTS[path[0] ?? ''] ?? [])];
  return command(args, { cwd: directory.path });
}

test('there are options of each kind', () => {
  expect(withPlaceholder('duration').length).toBeGreaterThan(10);
  expect(withPlaceholder('time').length).toBeGreaterThan(10);
  expect(Object.keys(COMMANDS).length).toBeGreaterThan(10);
});

describe.each(withPlaceholder('duration'))('$path $flag <duration>', (option) => {
  test.each([
    ['5', 'it has no unit'],
    ['5 s', 'such as '],
    ['soon', 'such as '],
    ['', 'such as '],
  ])('refuses %j in one line', async (value, said) => {
    const { code, stderr } = await refused(option, value);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(said) });
    expect(stderr).toContain(`${option.flag}: must be a duration`);
  });
});

describe.each(withPlaceholder('time'))('$path $flag <time>', (option) => {
  test('refuses what is no time, and tells the forms that it takes', async () => {
    const { code, stderr } = await refused(option, 'tomorrow');
    expect([2, 5]).toContain(code); // a list without a state
    if (code === 2) expect(stderr).toContain('must be a time such as 10m, 2h ago, in 5m, 09:00, yesterday');
  });
});

describe.each([40, 80, 200])('in %i columns', (columns) => {
  test.each([
    ['check', '--list'],
    ['mint', '--list-faults'],
    ['keys', 'list'],
    ['users', 'list'],
    ['inspect', 'users'],
    ['inspect', 'user', 'user_1'],
    ['explain', 'x.y.z'],
  ])('%s %s keeps within them, and breaks no word', async (...args) => {
    using directory = temporaryDirectory();
    const run = (line: readonly string[]) => command(line, { cwd: directory.path, columns });
    await run(['users', 'add', '測試測試測試測試@例え.example.com', '--id', 'user_1']);
    await run(['keys', 'rotate']);
    const { stdout } = await run(args.filter((one) => one !== undefined));
    for (const line of stdout.replaceAll(/\u001b\[\d+m/g, '').split('\n')) {
      // A word that is longer than its column stays whole behind its label, and can be copied.
      if (line.trim().split(/ +/).length > 2) expect(textWidth(line), line).toBeLessThanOrEqual(columns);
    }
  });
});

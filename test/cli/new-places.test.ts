import { chownSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { agentPaste, serverProcess } from '../support/binary.ts';
import { command } from '../support/command.ts';
import { temporaryDirectory } from '../support/directory.ts';

let above: string;
let below: string;

beforeEach(async () => {
  const directory = temporaryDirectory();
  onTestFinished(() => directory[Symbol.dispose]());
  above = directory.path;
  below = join(above, 'src', 'deep');
  mkdirSync(below, { recursive: true });
});

test.each([['mint'], ['keys', 'rotate'], ['users', 'add', 'ada@example.com']])(
  '`%s %s %s` below a state says that it makes another, once',
  async (...args) => {
    await command(['mint'], { cwd: above });
    const first = await command(args, { cwd: below });
    expect(first.code).toBe(0);
    expect(first.stderr).toContain(`made a new state in ${join(below, '.agent-paste')}`);
    expect(first.stderr).toContain(`--state-dir ${join(above, '.agent-paste')}`);
    expect((await command(['mint'], { cwd: below })).stderr).toBe('');
  },
);

test('`serve` says so too', async () => {
  await command(['mint'], { cwd: above });
  await using server = await serverProcess([], { cwd: below });
  expect(server.stderr()).toContain('made a new state in');
});

test.each<[string, () => Promise<unknown> | unknown, readonly string[]]>([
  ['where no state is above', () => undefined, ['mint']],
  ['where the state was named', () => command(['mint'], { cwd: above }), ['mint', '--state-dir', 'mine']],
  ['with --quiet', () => command(['mint'], { cwd: above }), ['mint', '--quiet']],
  ['of a link above', () => symlinkSync('/tmp', join(above, '.agent-paste')), ['mint']],
  [
    'of a state of another user',
    () => {
      mkdirSync(join(above, '.agent-paste'));
      if (process.getuid?.() === 0) chownSync(join(above, '.agent-paste'), 65534, 65534);
      else symlinkSync('/etc', join(above, 'src', '.agent-paste'));
    },
    process.getuid?.() === 0 ? ['mint'] : ['mint', '--state-dir', 'mine'],
  ],
])('nothing is said %s', async (_, prepare, args) => {
  await prepare();
  expect(await command(args, { cwd: below })).toMatchObject({ code: 0, stderr: '' });
});

test.each<[string, readonly string[], string | undefined]>([
  ['of a state', ['mint', '--state-dir', 'no/such/state'], 'no/such'],
  ['of a state, for a user', ['users', 'add', 'ada@example.com', '--state-dir', 'a/b/c/d'], 'a/b/c'],
  ['of a state, for a key', ['keys', 'rotate', '--state-dir', '../other/place/state'], '../other/place'],
  ['that is there', ['mint', '--state-dir', 'state'], undefined],
  ['of a database that the command does not make', ['mint', '--state-dir', 'state', '--config', 'c.yaml'], undefined],
])('a directory %s is made, and said to be', async (_, args, made) => {
  writeFileSync(join(below, 'c.yaml'), 'db: no/such/x.db\n');
  const { code, stderr } = await command(args, { cwd: below });
  expect(code).toBe(0);
  const said = made === undefined ? '' : `the directory ${join(below, made)} does not exist yet: making it\n`;
  expect(stderr.replace(/^wrote.*\n/m, '')).toBe(said);
  expect((await command(args, { cwd: below })).stderr).not.toContain('does not exist yet');
});

test.each([
  ['a flag', ['--db', 'no/such/x.db'], {}],
  ['a variable', [], { AGENT_PASTE_DB: 'no/such/x.db' }],
  ['a file that was named', ['--config', 'c.yaml'], {}],
])('the directory of a database is made, and said to be: %s', async (_, args, env) => {
  writeFileSync(join(below, 'c.yaml'), 'db: no/such/x.db\n');
  await using server = await serverProcess(args, { cwd: below, env });
  expect(server.stderr()).toContain(`the directory ${join(below, 'no/such')} does not exist yet: making it\n`);
});

test('`serve --quiet` prints the address alone, which is its result', async () => {
  const { stdout, stderr } = await agentPaste([], {
    cwd: below,
    wrapper: [
      'sh',
      '-c',
      '"$@" serve --quiet --port 0 > out & while ! grep -qs . out; do sleep 0.05; done; kill $!; wait $!; echo "code $?"; cat out',
      'sh',
    ],
  });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^code 0\nhttp:\/\/127\.0\.0\.1:\d+\n$/);
});

test.each<[string, readonly string[], number]>([
  ['status', ['status'], 3],
  ['wait', ['wait', '--timeout', '1ms'], 3],
  ['a list', ['inspect', 'members'], 5],
  ['a page', ['inspect', 'member', 'ada@example.com'], 5],
  ['a request id', ['explain', 'req_01M8C2EGC1R5X1YBV8NDGYPPFK'], 5],
  ['a token', ['explain', 'x.y.z'], 5],
])('%s below a directory with a state says where the state is, and makes none', async (_, args, code) => {
  await command(['mint'], { cwd: above });
  const state = join(above, '.agent-paste');
  const said = `there is no state in ${join(below, '.agent-paste')}; the one of ${above} is used with --state-dir ${state}`;
  const first = await command(args, { cwd: below });
  expect([first.code, first.stderr]).toEqual([code, expect.stringContaining(said)]);
  expect(existsSync(join(below, '.agent-paste'))).toBe(false);
  for (const given of [['--state-dir', state], ['--quiet']])
    expect((await command([...args, ...given], { cwd: below })).stderr).not.toContain('there is no state in');
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cut } from '../../../../src/cli/terminal/fitted-table.ts';
import { newUser } from '../../../../src/workos/users.ts';
import { command } from '../../../support/command.ts';
import { type Story, story } from './story.ts';

let told: Story;

beforeAll(async () => {
  told = await story();
  await told.server.post(told.server.mint({ email: `${'long.'.repeat(20)}name@example.com` }).token);
});

afterAll(() => told[Symbol.asyncDispose]());

const on = (columns: number | undefined, ...args: string[]) =>
  command(['--state-dir', told.server.paths.directory, 'inspect', ...args], {
    env: { NO_COLOR: '1' },
    ...(columns === undefined ? {} : { columns }),
  });

const LISTS = ['workspaces', 'members', 'keys', 'events', 'callbacks', 'records', 'users'];

describe.each([80, 140])('on a terminal of %i columns', (columns) => {
  test.each(LISTS)('%s fit the width', async (list) => {
    const { code, stdout } = await on(columns, list);
    expect(code).toBe(0);
    const widths = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(columns);
  });

  test('the timeline of a member fits the width, with the whole outcome', async () => {
    const { stdout } = await on(columns, 'member', 'ada@example.com');
    const timeline = stdout.slice(stdout.indexOf('Callbacks, oldest first'));
    expect(Math.max(...timeline.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns + 20);
    for (const outcome of ['provisioned', 'replayed', 'seen']) expect(timeline).toContain(`  ${outcome} `);
  });

  test('a reason stays readable', async () => {
    expect((await on(columns, 'callbacks', '--outcome', 'refused')).stdout).toContain('refused issuer_mismatch');
  });
});

test('shortens nothing in a pipe, so ids stay usable', async () => {
  const { items } = await told.read('members');
  const { stdout } = await on(undefined, 'members');
  for (const { id, workos_user_id, email } of items)
    for (const name of [id, workos_user_id, email]) expect(stdout).toContain(name);
  expect(stdout).not.toContain('…');
});

test('uses colours on a terminal only, and not with NO_COLOR', async () => {
  const args = ['--state-dir', told.server.paths.directory, 'inspect', 'callbacks'];
  const colour = '\u001b[';
  expect((await command(args, { columns: 80 })).stdout).toContain(colour);
  expect((await command(args, { columns: 80, env: { NO_COLOR: '1' } })).stdout).not.toContain(colour);
  expect((await command([...args, '--no-color'], { columns: 80 })).stdout).not.toContain(colour);
  expect((await command(args)).stdout).not.toContain(colour);
});

test.each([
  ['user_01M85RKF4JVF1WPW9AV52NSNQ1', 13, 'middle', 'user_01M…NSNQ1'.length - 1],
  ['short', 13, 'middle', 5],
  ['王小明王小明王小明', 8, 'end', 8],
] as const)('cuts %s in %i columns at the %s', (text, width, where, length) => {
  const result = cut(text, width, where);
  const columns = [...result].reduce((sum, character) => sum + (/\p{Script=Han}/u.test(character) ? 2 : 1), 0);
  expect(columns).toBeLessThanOrEqual(width);
  expect(columns).toBeGreaterThanOrEqual(length - 1);
});

test('shows characters that a terminal would hide', async () => {
  told.server.users.add({
    ...newUser('user_bidi', 'bidi@example.com', '2026-01-31T12:00:00.000Z'),
    first_name: 'ab\u202ecd\u001b[31m',
  });
  for (const format of ['table', 'ndjson', 'csv']) {
    const { stdout } = await on(undefined, 'users', '--email', 'bidi@example.com', '--format', format);
    expect(stdout).toContain('\\u202e');
    expect(stdout).not.toMatch(/[\u202e\u001b]/);
  }
});

/** The same user asked for by sixteen processes at the same time: one is made, all of them get it, and all exit 0. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { agentPaste } from '../../support/binary.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/directory.ts';

const PROCESSES = 16;
let directory: TemporaryDirectory;

beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => directory[Symbol.dispose]());

const run = (...args: string[]) => agentPaste(['--state-dir', directory.path, ...args]);

async function atOnce(args: (index: number) => string[]): Promise<readonly string[]> {
  const results = await Promise.all(Array.from({ length: PROCESSES }, (_, index) => run(...args(index))));
  expect(results.map(({ code, stderr }) => ({ code, stderr: code === 0 ? '' : stderr }))).toEqual(
    Array.from({ length: PROCESSES }, () => ({ code: 0, stderr: '' })),
  );
  return results.map(({ stdout }) => stdout.trim());
}

async function users(): Promise<readonly { readonly id: string; readonly email: string }[]> {
  return JSON.parse((await run('users', 'list', '--json', '--limit', '100')).stdout).users;
}

function subjectOf(token: string): string {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sub;
}

describe.each([
  ['mint --email of a new address', (_: number) => ['mint', '--email', 'new@example.com']],
  ['mint --email in another case each', (index: number) => ['mint', '--email', cased('new@example.com', index)]],
  ['mint --sub of a new id', (_: number) => ['mint', '--sub', 'user_1']],
  ['mint --sub and --email', (_: number) => ['mint', '--sub', 'user_1', '--email', 'new@example.com']],
  ['mint of the first user', (_: number) => ['mint']],
])('%s', (_, args) => {
  test('makes one user, to whom every token belongs', async () => {
    const tokens = await atOnce(args);
    const [user, ...others] = await users();
    expect(others).toEqual([]);
    expect(new Set(tokens.map(subjectOf))).toEqual(new Set([user?.id]));
  });
});

describe.each([
  ['users add', (_: number) => ['users', 'add', 'same@example.com']],
  ['users add in another case each', (index: number) => ['users', 'add', cased('same@example.com', index)]],
  ['users add --id', (_: number) => ['users', 'add', 'same@example.com', '--id', 'user_1']],
])('%s', (_, args) => {
  test('makes one user, whose id every process prints', async () => {
    const ids = await atOnce(args);
    expect(new Set(ids)).toEqual(new Set((await users()).map(({ id }) => id)));
    expect(new Set(ids).size).toBe(1);
  });
});

test('an id that is named on purpose may share an address', async () => {
  await atOnce((index) => ['users', 'add', 'shared@example.com', '--id', `user_${index % 2}`]);
  expect((await users()).map(({ id }) => id).sort()).toEqual(['user_0', 'user_1']);
});

test('different addresses at once are all kept', async () => {
  await atOnce((index) => ['mint', '--email', `user${index}@example.com`]);
  expect(new Set((await users()).map(({ email }) => email)).size).toBe(PROCESSES);
});

/** The same address with the letter at that index written large. */
function cased(address: string, index: number): string {
  const at = index % address.length;
  return address.slice(0, at) + address.charAt(at).toUpperCase() + address.slice(at + 1);
}

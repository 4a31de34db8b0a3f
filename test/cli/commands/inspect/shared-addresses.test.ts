import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { command } from '../../../support/command.ts';
import { execute } from '../../../support/database.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../../support/directory.ts';
import { testServer } from '../../../support/server.ts';

let directory: TemporaryDirectory;

beforeEach(() => {
  directory = temporaryDirectory();
  onTestFinished(() => directory[Symbol.dispose]());
});

async function agentPaste(...args: string[]) {
  return command([...args, '--state-dir', directory.path], { cwd: directory.path });
}

async function shared() {
  const audited = await agentPaste('inspect', '--audit', '--json');
  const { ok, shared_addresses } = JSON.parse(audited.stdout);
  const { findings } = JSON.parse((await agentPaste('doctor', '--json', '--port', '0')).stdout);
  const finding = findings.find(({ code }: { code: string }) => code === 'shared_addresses');
  return { code: audited.code, ok, addresses: shared_addresses, finding };
}

/** Users who sign in, with ids that were named on purpose. */
async function signedIn(users: readonly { sub: string; email: string }[]): Promise<void> {
  const server = await testServer({}, directory);
  for (const user of users) await server.post(server.mint(user).token);
  server.users.close();
  await server.running.stop();
}

test('no address is shared by users who have one each, nor by one who signs in twice', async () => {
  const ada = { sub: 'user_a', email: 'ada@example.com' };
  await signedIn([ada, ada, { sub: 'user_b', email: 'bob@example.com' }]);
  expect(await shared()).toMatchObject({ code: 0, ok: true, addresses: [], finding: { severity: 'ok' } });
});

test.each([
  ['the same', 'ada@example.com', 'ada@example.com'],
  ['another case', 'ada@example.com', 'ADA@Example.COM'],
  ['another case of a letter beyond ASCII', 'zo\u00eb@example.com', 'ZO\u00cb@example.com'],
])('an address in %s is said by users and by members', async (_, one, other) => {
  await signedIn([
    { sub: 'user_a', email: one },
    { sub: 'user_b', email: other },
    { sub: 'user_c', email: 'carl@example.com' },
  ]);
  const { code, ok, addresses, finding } = await shared();
  expect({ code, ok }).toEqual({ code: 0, ok: true });
  expect(addresses).toMatchObject([
    { among: 'users', users: ['user_a', 'user_b'], count: 2 },
    { among: 'members', users: ['user_a', 'user_b'], count: 2 },
  ]);
  expect(finding).toMatchObject({
    severity: 'warning',
    message: expect.stringContaining('users of the local WorkOS: user_a, user_b'),
    remedy: expect.stringContaining('users remove'),
  });
  const { stdout } = await agentPaste('inspect', '--audit');
  expect(stdout).toMatch(/^warning {2}shared-addresses/m);
  expect(stdout).toMatch(/user_a, {1,}\n? *user_b/);
  expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/keeps its promises$/);
});

test('one is said of users who have not signed in, of members who are no users any more, and after a change', async () => {
  await agentPaste('users', 'add', 'ada@example.com', '--id', 'user_a');
  await agentPaste('users', 'add', 'Ada@example.com', '--id', 'user_b');
  const before = JSON.parse((await agentPaste('doctor', '--json', '--port', '0')).stdout).findings;
  expect(before).toContainEqual(expect.objectContaining({ code: 'shared_addresses', severity: 'warning' }));
  await agentPaste('users', 'remove', 'user_b');
  await signedIn([
    { sub: 'user_a', email: 'ada@example.com' },
    { sub: 'user_c', email: 'carl@example.com' },
  ]);
  expect((await shared()).addresses).toEqual([]);
  execute(join(directory.path, 'agent-paste.db'), "UPDATE workspace_members SET email = 'ADA@example.com'");
  await agentPaste('users', 'remove', 'user_c');
  expect((await shared()).addresses).toMatchObject([{ among: 'members', users: ['user_a', 'user_c'] }]);
});

describe('many', () => {
  test('users of one address, and addresses of two users, are counted, and the first are named', async () => {
    const sharing = Array.from({ length: 25 }, (_, n) => ({ sub: `user_${n + 10}`, email: 'all@example.com' }));
    const pairs = Array.from({ length: 14 }, (_, n) => ({ sub: `user_p${n}`, email: `pair${n >> 1}@example.com` }));
    await signedIn([...sharing, ...pairs]);
    const { addresses, finding } = await shared();
    expect(addresses).toHaveLength(16);
    const all = addresses.find(({ email }: { email: string }) => email === 'all@example.com');
    expect(all).toMatchObject({ count: 25, users: sharing.slice(0, 10).map(({ sub }) => sub) });
    expect(finding.message).toContain('and 11 more addresses');
  });
});

test('nothing is said of a state that does not exist, or whose users cannot be read', async () => {
  const { stdout } = await agentPaste('doctor', '--json', '--port', '0');
  expect(stdout).not.toContain('is the address of');
  await signedIn([{ sub: 'user_a', email: 'ada@example.com' }]);
  execute(join(directory.path, 'workos-users.db'), 'PRAGMA user_version = 99');
  expect((await shared()).code).toBe(0);
});

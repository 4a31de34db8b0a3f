import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { agentPaste, serverProcess } from '../../support/binary.ts';
import { query } from '../../support/database.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { codeFor, exchange, refresh } from '../../support/sign-in.ts';

const EMPTY_LIST = {
  schema_version: 1,
  users: [],
  next_cursor: null,
  items: [],
  page_info: { next_cursor: null, has_more: false },
};

test('adds, lists and removes a user', async () => {
  using directory = temporaryDirectory();
  const run = async (...args: string[]) => JSON.parse((await agentPaste(args, { cwd: directory.path })).stdout);
  expect(await run('users', 'list', '--json')).toEqual(EMPTY_LIST);
  const added = await run(
    'users',
    'add',
    'ada@example.com',
    '--first-name',
    'Ada',
    '--last-name',
    'Lovelace',
    '--json',
  );
  expect(added).toMatchObject({
    schema_version: 1,
    user: {
      id: expect.stringMatching(/^user_[0-9A-HJKMNP-TV-Z]{26}$/),
      email: 'ada@example.com',
      first_name: 'Ada',
      last_name: 'Lovelace',
      created_at: expect.any(String),
      updated_at: expect.any(String),
    },
  });
  const items = [added.user];
  expect(await run('users', 'list', '--json')).toEqual({ ...EMPTY_LIST, users: items, items });
  expect(await run('users', 'remove', 'ADA@example.com', '--json')).toEqual({ schema_version: 1, removed: added.user });
  expect(await run('users', 'list', '--json')).toEqual(EMPTY_LIST);
});

test('prints the id after add and remove, and a table for list', async () => {
  using directory = temporaryDirectory();
  const run = async (...args: string[]) => (await agentPaste(args, { cwd: directory.path })).stdout;
  expect(await run('users', 'add', 'ada@example.com', '--id', 'user_ada')).toBe('user_ada\n');
  expect(await run('users', 'list')).toMatch(/^ID +EMAIL +CREATED\nuser_ada +ada@example\.com +\S+Z\n$/);
  expect(await run('users', 'remove', 'user_ada')).toBe('user_ada\n');
});

test('continues a list after --limit with its cursor', async () => {
  using directory = temporaryDirectory();
  for (const name of ['a', 'b', 'c'])
    await agentPaste(['users', 'add', `${name}@x.test`, '--id', name], { cwd: directory.path });
  const page = async (...args: string[]) =>
    JSON.parse((await agentPaste(['users', 'list', '--json', ...args], { cwd: directory.path })).stdout);
  const first = await page('--limit', '2');
  expect(first).toMatchObject({ users: [{ id: 'c' }, { id: 'b' }], next_cursor: 'b' });
  expect(await page('--limit', '2', '--cursor', 'b')).toMatchObject({ users: [{ id: 'a' }], next_cursor: null });
  expect(await page('--email', 'B@x.test')).toMatchObject({ users: [{ id: 'b' }] });
});

test('makes a running server reject a removed user at once, even with a good token', async () => {
  using directory = temporaryDirectory();
  const state = join(directory.path, 'state');
  await using server = await serverProcess(['--state-dir', state]);
  const token = (await agentPaste(['mint', '--state-dir', state, '--sub', 'user_ada'])).stdout.trim();
  const post = () =>
    fetch(server.ready.callback_url, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  expect((await post()).status).toBe(200);
  await agentPaste(['users', 'remove', 'user_ada', '--state-dir', state]);
  const refused = await post();
  expect(refused.status).toBe(401);
  expect(await refused.json()).toMatchObject({ error: { reason: 'user_fetch_failed' } });
});

test('fails with a reason and an exit code', async () => {
  using directory = temporaryDirectory();
  const run = (...args: string[]) => agentPaste(['users', ...args], { cwd: directory.path });
  await run('add', 'ada@example.com', '--id', 'user_1');
  await run('add', 'ada@example.com', '--id', 'user_2');
  expect(await run('add', 'ada@example.com')).toMatchObject({
    code: 6,
    stderr: expect.stringContaining('ada@example.com is the address of user_1 already'),
  });
  expect(await run('add', 'b@example.com', '--id', 'user_1')).toMatchObject({ code: 6 });
  expect(await run('remove', 'ada@example.com')).toMatchObject({
    code: 6,
    stderr: expect.stringContaining('the address of several users'),
  });
  expect(await run('remove', 'nobody')).toMatchObject({ code: 5, stderr: expect.stringContaining('"nobody"') });
  expect(await run('list', '--cursor', 'nobody')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--cursor'),
  });
  expect(await run('list', '--limit', '0')).toMatchObject({ code: 2, stderr: expect.stringContaining('--limit') });
});

test('adds an unverified user with a password from stdin, and changes one', async () => {
  using directory = temporaryDirectory();
  const run = async (input: string, ...args: string[]) => {
    const { code, stdout, stderr } = await agentPaste(['users', ...args, '--json'], { cwd: directory.path, input });
    return { code, stderr, ...(code === 0 ? JSON.parse(stdout) : {}) };
  };
  const added = await run('correct horse\n', 'add', 'ada@example.com', '--unverified', '--password', '-');
  expect(added.user).toMatchObject({ email_verified: false });
  expect(JSON.stringify(added)).not.toMatch(/scrypt|correct/);
  const hash = () =>
    query(join(directory.path, '.agent-paste/workos-users.db'), 'SELECT password_hash AS h FROM users')[0]?.h;
  const first = hash();
  expect(first).toMatch(/^scrypt\$/);
  const changes = ['--first-name', 'Ada', '--external-id', 'ext-1', '--verified', '--email', 'ada@lovelace.example'];
  const { user } = await run('', 'update', 'ADA@example.com', ...changes);
  expect(user).toMatchObject({
    id: added.user.id,
    email: 'ada@lovelace.example',
    first_name: 'Ada',
    external_id: 'ext-1',
    email_verified: true,
  });
  expect(hash()).toBe(first);
  await run('battery staple', 'update', user.id, '--password', '-');
  expect(hash()).not.toBe(first);
  await run('', 'add', 'bob@example.com');
  for (const [code, line, ...args] of [
    [6, 'is the address of', 'update', 'bob@example.com', '--email', 'ADA@lovelace.example'],
    [6, 'the external id', 'update', 'bob@example.com', '--external-id', 'ext-1'],
    [6, 'is a user already', 'add', 'bob@example.com', '--unverified'],
    [5, 'there is no user', 'update', 'nobody', '--verified'],
    [5, 'there is no user', 'sign-out', 'nobody'],
    [2, 'nothing is to be changed', 'update', 'bob@example.com'],
    [2, 'contradict', 'update', 'bob@example.com', '--verified', '--unverified'],
    [2, 'must be -', 'update', 'bob@example.com', '--password', 'secret'],
    [2, 'must be text of 1 to 1000', 'update', 'bob@example.com', '--password', '-'],
    [2, '--external-id', 'update', 'bob@example.com', '--external-id', ''],
  ] as const)
    expect(await run('', ...args), args.join(' ')).toMatchObject({ code, stderr: expect.stringContaining(line) });
});

test('signs a user out beside a running server, and a removed one too', async () => {
  using directory = temporaryDirectory();
  const state = join(directory.path, 'state');
  await using server = await serverProcess(['--state-dir', state]);
  const { url } = server.ready;
  const signIn = async () => (await exchange(url, await codeFor(url))).body.refresh_token;
  const run = (...args: string[]) => agentPaste(['users', ...args, '--state-dir', state]);
  const tokens = [await signIn(), await signIn()];
  const { stdout } = await run('sign-out', 'ada@example.com', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ user: { email: 'ada@example.com' }, sessions_ended: 2 });
  for (const token of tokens) expect((await refresh(url, token)).body.error).toBe('invalid_grant');
  const again = await signIn();
  expect((await run('sign-out', 'ada@example.com')).stderr).toContain('1 session ended');
  expect((await refresh(url, again)).status).toBe(400);
  const last = await signIn();
  await run('remove', 'ada@example.com');
  expect((await refresh(url, last)).body.error).toBe('invalid_grant');
});

test.each([
  ['an address that is none', ['add', 'ada'], 'email: must be an e-mail address, such as name@example.com, not "ada"'],
  [
    'an id with a space',
    ['add', 'a@b.c', '--id', 'a b'],
    '--id: must be a user id: 1 to 255 letters, digits, _ and -, not "a b"',
  ],
  ['a name that is too long', ['add', 'a@b.c', '--first-name', 'x'.repeat(201)], '--first-name'],
  ['a blank name', ['add', 'a@b.c', '--last-name', ' '], '--last-name'],
])('rejects %s before creating anything', async (_, args, line) => {
  using directory = temporaryDirectory();
  const { code, stderr } = await agentPaste(['users', ...args], { cwd: directory.path });
  expect(code).toBe(2);
  expect(stderr).toContain(line);
  expect(readdirSync(directory.path)).toEqual([]);
});

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { agentPaste, serverProcess } from '../support/binary.ts';
import { temporaryDirectory } from '../support/directory.ts';

const EMPTY_LIST = { schema_version: 1, users: [], next_cursor: null };

test('a user is added, listed and removed', async () => {
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
  expect(added).toEqual({
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
  expect(await run('users', 'list', '--json')).toEqual({ schema_version: 1, users: [added.user], next_cursor: null });
  expect(await run('users', 'remove', 'ADA@example.com', '--json')).toEqual({ schema_version: 1, removed: added.user });
  expect(await run('users', 'list', '--json')).toEqual(EMPTY_LIST);
});

test('for people, add and remove print the id, list prints a table', async () => {
  using directory = temporaryDirectory();
  const run = async (...args: string[]) => (await agentPaste(args, { cwd: directory.path })).stdout;
  expect(await run('users', 'add', 'ada@example.com', '--id', 'user_ada')).toBe('user_ada\n');
  expect(await run('users', 'list')).toMatch(/^ID +EMAIL +CREATED\nuser_ada +ada@example\.com +\S+Z\n$/);
  expect(await run('users', 'remove', 'user_ada')).toBe('user_ada\n');
});

test('a list goes on where --limit cut it', async () => {
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

test('a user who is removed beside a running server is refused at once, also with a good token', async () => {
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

test('what cannot be done says why, by exit code', async () => {
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

test.each([
  ['an address that is none', ['add', 'ada'], '"ada" is not an e-mail address'],
  ['an id with a space', ['add', 'a@b.c', '--id', 'a b'], '--id: "a b" is not a user id'],
  ['a name that is too long', ['add', 'a@b.c', '--first-name', 'x'.repeat(201)], '--first-name'],
  ['a blank name', ['add', 'a@b.c', '--last-name', ' '], '--last-name'],
])('%s is refused before anything is made', async (_, args, line) => {
  using directory = temporaryDirectory();
  const { code, stderr } = await agentPaste(['users', ...args], { cwd: directory.path });
  expect(code).toBe(2);
  expect(stderr).toContain(line);
  expect(readdirSync(directory.path)).toEqual([]);
});

/** Servers, seeds and resets that begin at the same time on one state directory. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { agentPaste, type ServerProcess, serverProcess } from '../../support/binary.ts';
import { query } from '../../support/database.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/directory.ts';

let directory: TemporaryDirectory;
const state = () => join(directory.path, 'state');

beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => directory[Symbol.dispose]());

const serve = (...args: string[]) => serverProcess(['--state-dir', state(), '--log', 'off', ...args]);

async function stopAll(servers: readonly ServerProcess[]): Promise<void> {
  for (const server of servers) await server.stop();
  expect(servers.map(({ child }) => child.exitCode)).toEqual(servers.map(() => 0));
}

function seed(text: object): string {
  const file = join(directory.path, 'seed.json');
  writeFileSync(file, JSON.stringify(text));
  return file;
}

test.each([
  ['pinned ids', { id: 'user_ada' }, { id: '6f1f5a35-5f0b-4f9f-8d0a-1d1e7a3a1c01' }],
  ['free ids', {}, {}],
])('eight servers with one seed of %s write it once', async (_, user, workspace) => {
  const file = seed({
    users: [{ email: 'ada@example.com', ...user }],
    workspaces: [{ user: 'ada@example.com', ...workspace }],
  });
  const servers = await Promise.all(Array.from({ length: 8 }, () => serve('--seed', file)));
  expect(query(join(state(), 'workos-users.db'), 'SELECT count(*) AS n FROM users')).toEqual([{ n: 1 }]);
  expect(query(join(state(), 'agent-paste.db'), 'SELECT count(*) AS n FROM workspaces')).toEqual([{ n: 1 }]);
  await stopAll(servers);
});

test('a reset beside starting servers either comes first or is refused, and what was answered is kept', async () => {
  await (await serve()).stop();
  for (let round = 0; round < 4; round += 1) {
    const starting = serve();
    const reset = agentPaste(['--state-dir', state(), 'reset', '--yes']);
    const server = await starting;
    expect([0, 7]).toContain((await reset).code);
    const token = (await agentPaste(['--state-dir', state(), 'mint'])).stdout.trim();
    const post = async (url: string) => {
      const answer = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
      return { status: answer.status, text: await answer.text() };
    };
    const first = await post(server.ready.callback_url);
    expect(first.status).toBe(200);
    await server.stop();
    const again = await serve();
    expect(await post(again.ready.callback_url)).toEqual(first);
    await again.stop();
  }
});

test('a reset is refused while a pepper is in use for a database elsewhere, or noted by one', async () => {
  const database = join(directory.path, 'elsewhere.db');
  const server = await serve('--db', database);
  const reset = (...args: string[]) => agentPaste(['--state-dir', state(), 'reset', '--yes', ...args]);
  expect(await reset()).toMatchObject({ code: 7, stderr: expect.stringContaining('is in use by a server') });
  expect(await reset('--db', database)).toMatchObject({ code: 7 });
  await server.stop();
  expect(await reset()).toMatchObject({ code: 6, stderr: expect.stringContaining(`${database} was made with`) });
  await (await serve('--db', database)).stop(); // nothing was lost
  expect(await reset('--db', database)).toMatchObject({ code: 0 });
});

test('a server in remote mode, and one in memory, hold the state too', async () => {
  const local = await serve();
  const env = { WORKOS_API_KEY: 'sk_test_local', WORKOS_API_BASE_URL: local.ready.url };
  const other = join(directory.path, 'other');
  for (const [args, options] of [
    [['--db', ':memory:'], {}],
    [['--db', join(directory.path, 'remote.db')], { env }],
  ] as const) {
    const server = await serverProcess(['--state-dir', other, '--log', 'off', ...args], options);
    expect(await agentPaste(['--state-dir', other, 'reset', '--yes'])).toMatchObject({ code: 7 });
    await server.stop();
  }
  await local.stop();
});

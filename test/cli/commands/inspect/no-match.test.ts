/** A list that is empty because of its filters names them, and the nearest address. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { command } from '../../../support/command.ts';
import { type TestServer, testServer } from '../../../support/server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await testServer();
  await server.post(server.mint({ email: 'ada@example.com' }).token);
  server.mint({ email: 'Grace.Hopper@example.com' });
  await server.running.flushLog();
});

afterAll(() => server[Symbol.asyncDispose]());

async function said(args: readonly string[]) {
  const { code, stdout, stderr } = await command([...args, '--state-dir', server.paths.directory]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  return stderr.trimEnd();
}

test.each([
  ['users list', 'adda@example.com', 'no user has the address adda@example.com; nearest: ada@example.com'],
  ['inspect users', 'adda@example.com', 'no user has the address adda@example.com; nearest: ada@example.com'],
  ['inspect sessions', 'ada@exmaple.com', 'no user has the address ada@exmaple.com; nearest: ada@example.com'],
  ['users list', 'grace.hoper@example.com', 'nearest: Grace.Hopper@example.com'],
  ['inspect users', 'linus@example.org', 'no user has the address linus@example.org'],
  ['users list', 'a\u202Eda@example.com', 'no user has the address a\\u202eda@example.com; nearest: ada@example.com'],
  ['inspect users', 'ada', 'no user has the address ada'],
])('%s --email %s', async (list, email, words) => {
  expect(await said([...list.split(' '), '--email', email])).toContain(words);
});

test.each([
  ['callbacks --status 503 --since 1h', 'no callbacks match --status 503 --since 1h'],
  ['callbacks --jti a,b --slower-than 2s', 'no callbacks match --jti a,b --slower-than 2000ms'],
  ['callbacks --outcome in_flight --by hour', 'no callbacks match --outcome in_flight'],
  ['sessions --email ada@example.com', 'no sessions match --email ada@example.com'],
  ['records --until 2001-01-01', 'no records match --until 2001-01-01'],
])('inspect %s', async (list, words) => {
  expect(await said(['inspect', ...list.split(' ')])).toBe(words);
});

test('without filters, an empty list says how to fill it', async () => {
  await using empty = await testServer();
  const args = ['--state-dir', empty.paths.directory];
  expect((await command(['users', 'list', ...args])).stderr).toContain('no users yet');
  expect((await command(['users', 'list', '--email', 'x@example.com', ...args])).stderr).toContain('no users yet');
  expect((await command(['inspect', 'sessions', ...args])).stderr).toContain('no sessions: no user has signed in');
});

/** `inspect sessions`: sign-ins through the local WorkOS. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newUser } from '../../../../src/workos/users.ts';
import { agentPaste } from '../../../support/binary.ts';
import { temporaryDirectory } from '../../../support/directory.ts';
import { type TestServer, testServer } from '../../../support/server.ts';
import { codeFor, exchange, refresh } from '../../../support/sign-in.ts';

const AT = Date.parse('2026-01-10T12:00:00.000Z');
const directory = temporaryDirectory();
const state = join(directory.path, '.agent-paste');
let server: TestServer;
let canaries: readonly string[];
beforeAll(async () => {
  mkdirSync(state, { mode: 0o700 });
  server = await testServer({}, { path: state, [Symbol.dispose]: () => undefined });
  for (const name of ['ada', 'bob'])
    server.users.add(newUser(`user_${name}`, `${name}@example.com`, new Date(AT).toISOString()));
  const signedIn = async (email: string, time: number, parameters = {}) => {
    server.setClock(time);
    return exchange(server.url, await codeFor(server.url, email, parameters), { ip_address: '192.0.2.1' });
  };
  const first = await signedIn('ada@example.com', AT, { provider: 'GitHubOAuth' });
  server.setClock(AT + 60_000);
  await refresh(server.url, first.body.refresh_token);
  const { body } = await signedIn('ada@example.com', AT + 3_600_000);
  const { sid } = JSON.parse(Buffer.from(body.access_token.split('.')[1], 'base64url').toString());
  await fetch(`${server.url}/user_management/sessions/logout?session_id=${sid}`, { redirect: 'manual' });
  await signedIn('bob@example.com', AT + 7_200_000);
  canaries = [first.body.refresh_token, body.refresh_token, body.access_token];
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

const inspect = async (...args: string[]) => {
  const result = await agentPaste(['inspect', 'sessions', ...args], { cwd: directory.path });
  expect(result).toMatchObject({ code: 0 });
  return result.stdout;
};
const read = async (...args: string[]) => JSON.parse(await inspect('--json', ...args));

test('lists them newest first, beside a running server, without a token', async () => {
  const { items, page_info } = await read();
  expect(items.map(({ user_id }: { user_id: string }) => user_id)).toEqual(['user_bob', 'user_ada', 'user_ada']);
  expect(items[2]).toEqual({
    id: expect.stringMatching(/^session_/),
    user_id: 'user_ada',
    organization_id: null,
    method: 'GitHubOAuth',
    failure: null,
    ip_address: '192.0.2.1',
    user_agent: null,
    signed_in_at: '2026-01-10T12:00:00.000Z',
    updated_at: '2026-01-10T12:01:00.000Z',
    expires_at: '2026-02-09T12:00:00.000Z',
    ended_at: null,
    status: 'expired',
  });
  expect(items[1]).toMatchObject({ status: 'revoked', ended_at: '2026-01-10T13:00:00.000Z' });
  expect(page_info).toEqual({ next_cursor: null, has_more: false });
  const printed = JSON.stringify(items) + (await inspect()) + (await inspect('--format', 'csv'));
  for (const canary of canaries) expect(printed).not.toContain(canary);
  expect(printed).not.toMatch(/hash|code_hash/);
});

test('finds those of a user, by id and by address in any case, and those since a time', async () => {
  expect((await read('--user', 'user_ada')).items).toHaveLength(2);
  expect((await read('--email', 'ADA@example.com')).items).toHaveLength(2);
  expect((await read('--email', 'nobody@example.com')).items).toEqual([]);
  expect((await read('--since', '2026-01-10T12:30Z')).items).toHaveLength(2);
  const first = await read('--limit', '1');
  const rest = await read('--cursor', first.page_info.next_cursor);
  expect([first.items[0].user_id, rest.items.length]).toEqual(['user_bob', 2]);
});

test('a file of the first version has none yet', async () => {
  using other = temporaryDirectory();
  const path = join(other.path, '.agent-paste');
  mkdirSync(path, { mode: 0o700 });
  const old = fileURLToPath(new URL('../../../store/sqlite/versions/schema-1/workos-users.db', import.meta.url));
  copyFileSync(old, join(path, 'workos-users.db'));
  const { code, stdout } = await agentPaste(['inspect', 'sessions', '--json'], { cwd: other.path });
  expect([code, JSON.parse(stdout).items]).toEqual([0, []]);
});

import { HttpResponse } from 'msw';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assertMatchesContract } from '../../support/contract.ts';
import { counts, NOTHING } from '../../support/database.ts';
import type { TestServer } from '../../support/server.ts';
import {
  type Answer,
  API_KEY,
  foreignWorkos,
  METADATA,
  redirect,
  text,
  unreachable,
  WORKOS,
} from './foreign-workos.ts';

const workos = foreignWorkos();
let server: TestServer;
beforeAll(async () => {
  server = await workos.server();
});
afterAll(() => server[Symbol.asyncDispose]());

const json =
  (body: unknown): Answer =>
  () =>
    HttpResponse.json(body as object);

const ANSWERS: readonly [number, string, readonly [string, Answer][]][] = [
  [401, 'user_fetch_failed', [['404', text('{"message":"User not found"}', 404)]]],
  [
    503,
    'workos_credentials_refused',
    [
      ['401', text('{"message":"Unauthorized"}', 401)],
      ['403', text('{"message":"Forbidden"}', 403)],
    ],
  ],
  [
    503,
    'user_endpoint_unavailable',
    [
      ['408', text('', 408)],
      ['429', text('', 429, { 'retry-after': '30' })],
      ['500', text('oops', 500)],
      ['503', text('', 503)],
      ['204', text('', 204)],
      ['400', text('{"message":"Bad Request"}', 400)],
      ['301 on the same host', redirect(301, `${WORKOS}/user_management/users/elsewhere`)],
      ['302 to the metadata of the machine', redirect(302, METADATA)],
      ['308 to another host', redirect(308, 'https://evil.example/')],
      ['a connection that fails', unreachable],
      ['a page', text('<html>Sign in</html>')],
      ['nothing', text('')],
      ['half of a user', text('{"id":"user_')],
      ['a list', json([])],
      ['null', json(null)],
      ['null for a user', json({ user: null })],
      ['a text', json('user')],
      ['more than 64 KB', json({ padding: 'x'.repeat(70_000) })],
    ],
  ],
];

describe.each(ANSWERS)('%i %s', (status, reason, answers) => {
  test.each(answers)('for %s', async (_, answer) => {
    workos.users = answer;
    const response = await server.post(server.mint().token);
    expect({ status: response.status, reason: response.body.error.reason }).toEqual({ status, reason });
    assertMatchesContract('POST', '/v1/auth/web/callback', response);
    expect(response.headers.get('retry-after')).toBe(status === 503 ? '1' : null);
    expect(response.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer error="invalid_token"' : null);
    expect(workos.fetchesOf('users')).toBe(1);
    expect(workos.fetchesOf('metadata')).toBe(0);
    expect(counts(server.paths.database)).toEqual(NOTHING);
    expect(server.bugs).toEqual([]);
  });
});

describe("a user other than the token's", () => {
  const answering = (change: (user: { id: string; email: unknown }) => unknown) => (id: string) =>
    HttpResponse.json(change({ id, email: 'ada@example.com' }) as object);

  test.each<[string, ReturnType<typeof answering>, string]>([
    ['another id', answering((user) => ({ ...user, id: 'user_other' })), 'user_id_mismatch'],
    ['the id in capitals', answering((user) => ({ ...user, id: user.id.toUpperCase() })), 'user_id_mismatch'],
    ['no id', answering(({ email }) => ({ email })), 'user_id_mismatch'],
    ['a list with the id', answering((user) => ({ ...user, id: [user.id] })), 'user_id_mismatch'],
    ['no address', answering(({ id }) => ({ id })), 'user_email_missing'],
    ['null for an address', answering((user) => ({ ...user, email: null })), 'user_email_missing'],
    ['an address without @', answering((user) => ({ ...user, email: 'ada' })), 'user_email_missing'],
    ['an address with a line break', answering((user) => ({ ...user, email: 'a@b\r\nc' })), 'user_email_missing'],
    [
      'an address of 10 KB',
      answering((user) => ({ ...user, email: `${'a'.repeat(10_000)}@b.c` })),
      'user_email_missing',
    ],
  ])('%s: 401 %s', async (_, users, reason) => {
    workos.users = users;
    const response = await server.post(server.mint().token);
    expect({ status: response.status, reason: response.body.error.reason }).toEqual({ status: 401, reason });
    expect(counts(server.paths.database)).toEqual(NOTHING);
  });
});

test("reads a wrapped user, and never the token's address", async () => {
  await using fresh = await workos.server();
  workos.users = (id) => HttpResponse.json({ user: { id, email: 'wrapped@example.com' } });
  const { token } = fresh.mint({ claims: { email: 'token@example.com' } });
  const { body } = await fresh.post(token);
  expect(body.workspace_member.email).toBe('wrapped@example.com');
});

test('sends the API key to the user endpoint, and prints it nowhere', async () => {
  workos.users = text('', 500);
  const response = await server.post(server.mint().token);
  expect(workos.requests.at(-1)?.headers.get('authorization')).toBe(`Bearer ${API_KEY}`);
  expect(response.bytes.toString()).not.toContain('canary');
  expect(JSON.stringify([server.logged, server.warnings])).not.toContain('canary');
});

test('looks up the user for a replay too, and rejects it while the look-up fails', async () => {
  await using fresh = await workos.server();
  const { token } = fresh.mint();
  const first = await fresh.post(token);
  workos.users = text('', 500);
  expect((await fresh.post(token)).status).toBe(503);
  workos.users = undefined;
  expect((await fresh.post(token)).bytes.equals(first.bytes)).toBe(true);
});

import { expect, test } from 'vitest';
import { testServer } from '../../support/server.ts';

/** Names of members in the order in which they stand in the text. */
const order = (text: string) => [...text.matchAll(/"(\w+)":/g)].map(([, name]) => name);

const WORKSPACE = ['workspace', 'id', 'name', 'created_at'];
const MEMBER = ['workspace_member', 'id', 'workspace_id', 'email', 'scopes', 'created_at', 'last_seen_at'];
const KEY = ['id', 'workspace_id', 'name', 'public_id', 'scopes', 'revoked_at', 'created_at', 'last_used_at'];

test("has its members in the contract's order, without spaces between them", async () => {
  await using server = await testServer();
  const first = (await server.post(server.mint().token)).bytes.toString();
  expect(order(first)).toEqual([...WORKSPACE, ...MEMBER, 'scopes', 'default_api_key', 'api_key', ...KEY, 'secret']);
  expect(first).toBe(JSON.stringify(JSON.parse(first)));

  const seen = (await server.post(server.mint().token)).bytes.toString();
  expect(order(seen)).toEqual([...WORKSPACE, ...MEMBER, 'scopes', 'default_api_key']);
  expect(seen.endsWith('"scopes":["publish","read","admin"],"default_api_key":null}')).toBe(true);
});

test('uses one instant for all times of a callback, and consistent ids', async () => {
  await using server = await testServer();
  const now = Date.UTC(2026, 2, 2, 9, 30, 0, 125);
  server.setClock(now);
  const { body } = await server.post(server.mint({ email: 'Ada.Lovelace+x@example.com' }).token);
  const at = '2026-03-02T09:30:00.125Z';
  const { workspace, workspace_member: member, default_api_key: key } = body;
  expect([workspace.created_at, member.created_at, member.last_seen_at, key.api_key.created_at]).toEqual([
    at,
    at,
    at,
    at,
  ]);
  expect(workspace.name).toBe("Ada.Lovelace+x's Workspace");
  expect(member).toMatchObject({ workspace_id: workspace.id, email: 'Ada.Lovelace+x@example.com' });
  expect(key.api_key).toMatchObject({ workspace_id: workspace.id, name: 'Default', scopes: ['publish', 'read'] });
  expect(key.secret.startsWith(`ap_pk_preview_${key.api_key.public_id}_`)).toBe(true);

  server.setClock(now + 60_000);
  const later = (await server.post(server.mint({ email: 'Ada.Lovelace+x@example.com' }).token)).body;
  expect(later.workspace_member).toEqual({ ...member, last_seen_at: '2026-03-02T09:31:00.125Z' });
});

test('sends an address outside ASCII as UTF-8, with its length in bytes', async () => {
  await using server = await testServer();
  const answer = await server.post(server.mint({ email: 'zoë@exämple.com' }).token);
  expect(answer.body.workspace_member.email).toBe('zoë@exämple.com');
  expect(answer.headers.get('content-length')).toBe(String(answer.bytes.length));
});

test.each(['preview', 'production', 'live'])('names the environment in a key of --key-env %s', async (environment) => {
  await using server = await testServer({ 'key-env': environment });
  const { body } = await server.post(server.mint().token);
  expect(body.default_api_key.secret).toMatch(
    new RegExp(`^ap_pk_${environment}_[0-9A-HJKMNP-TV-Z]{16}_[A-Za-z0-9_-]{43}$`),
  );
  expect((await server.get('/v1/whoami', body.default_api_key.secret)).status).toBe(200);
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assertMatchesContract } from '../../support/contract.ts';
import { dump, execute, query } from '../../support/database.ts';
import { rawRequest } from '../../support/raw-socket.ts';
import { type TestServer, testServer } from '../../support/server.ts';

interface Issued {
  readonly secret: string;
  readonly api_key: { readonly id: string; readonly public_id: string };
}

let server: TestServer;
let issued: Issued;
beforeAll(async () => {
  server = await testServer();
  issued = (await server.post(server.mint().token)).body.default_api_key;
});
afterAll(() => server[Symbol.asyncDispose]());

const lastUsed = () =>
  query(
    server.paths.database,
    'SELECT last_used_at FROM api_keys WHERE id = ?'.replace('?', `'${issued.api_key.id}'`),
  )[0]?.last_used_at;

describe.each(['/v1/whoami', '/v1/usage-policy'])('%s', (path) => {
  test('accepts an active key', async () => {
    const answer = await server.get(path, issued.secret);
    expect(answer.status).toBe(200);
    assertMatchesContract('GET', path, answer);
  });

  test.each<[string, (secret: string) => string]>([
    ['an unknown public id', (secret) => secret.replace(/_[0-9A-Z]{16}_/, '_0000000000000000_')],
    ['a wrong secret', (secret) => secret.slice(0, -43) + 'A'.repeat(43)],
    ['the last character changed', (secret) => secret.slice(0, -1) + (secret.endsWith('A') ? 'B' : 'A')],
    ['a character more', (secret) => `${secret}A`],
    ['a character less', (secret) => secret.slice(0, -1)],
    ['small letters', (secret) => secret.toLowerCase()],
    ['an unknown environment', (secret) => secret.replace('preview', 'staging')],
    ['nothing but the public id', (secret) => secret.slice(0, -44)],
    ['a token', () => server.mint().token],
    ['the API key of WorkOS', () => 'sk_test_local'],
    ['thousands of characters', (secret) => secret.repeat(100)],
  ])('refuses %s', async (_, change) => {
    const before = dump(server.paths.database);
    const answer = await server.get(path, change(issued.secret));
    expect(answer.status).toBe(401);
    expect(answer.body.error).toMatchObject({ code: 'not_authenticated', reason: 'bad_api_key' });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    assertMatchesContract('GET', path, answer);
    expect(dump(server.paths.database)).toEqual(before);
  });

  test('rejects a key given twice, in a query, or not at all', async () => {
    const { port } = server.running;
    const line = `Authorization: Bearer ${issued.secret}`;
    const reason = async (lines: string[], target = path) =>
      (await rawRequest(port, { target, lines })).body.error.reason;
    expect(await reason([line, line])).toBe('multiple_credentials');
    expect(await reason([], `${path}?api_key=${issued.secret}`)).toBe('no_bearer');
    expect(await reason([`X-Api-Key: ${issued.secret}`])).toBe('no_bearer');
  });
});

test('names the owner, workspace, scopes and limits of a key in whoami', async () => {
  const { body } = await server.get('/v1/whoami', issued.secret);
  expect(body).toMatchObject({
    actor: { type: 'api_key', id: issued.api_key.id, name: 'Default' },
    workspace: { name: "ada's Workspace" },
    scopes: ['publish', 'read'],
    usage_policy: { actor_rate_limit_per_minute: 60, default_ttl_seconds: 2592000 },
  });
});

test('records a use, which the dashboard shows, but not a rejected one', async () => {
  server.setClock(Date.UTC(2026, 2, 2, 9, 30));
  await server.get('/v1/whoami', issued.secret);
  expect(lastUsed()).toBe('2026-03-02T09:30:00.000Z');
  server.setClock(Date.UTC(2026, 2, 2, 9, 31));
  await server.get('/v1/whoami', issued.secret.slice(0, -43) + 'A'.repeat(43));
  expect(lastUsed()).toBe('2026-03-02T09:30:00.000Z');
  const { items } = (await server.get('/v1/web/keys', server.mint().token)).body;
  expect(items[0].last_used_at).toBe('2026-03-02T09:30:00.000Z');
  server.setClock(undefined);
});

test('rejects a revoked key', async () => {
  const { default_api_key: key } = (await server.post(server.mint({ email: 'bert@example.com' }).token)).body;
  expect((await server.get('/v1/whoami', key.secret)).status).toBe(200);
  execute(
    server.paths.database,
    'UPDATE api_keys SET revoked_at = ? WHERE id = ?',
    '2026-03-02T09:30:00.000Z',
    key.api_key.id,
  );
  expect((await server.get('/v1/whoami', key.secret)).body.error.reason).toBe('bad_api_key');
});

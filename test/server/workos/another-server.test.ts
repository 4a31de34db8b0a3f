/** A server in remote mode, and another one that plays WorkOS for it. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { JWKS_COOLDOWN_MS } from '../../../src/server/issuer.ts';
import { serverProcess } from '../../support/binary.ts';
import { assertMatchesContract } from '../../support/contract.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { type Flags, type TestServer, testServer } from '../../support/server.ts';

/** A server that takes its keys and users from that one. */
function askingOf(workos: TestServer, flags: Flags = {}, jwksCooldownMs = JWKS_COOLDOWN_MS): Promise<TestServer> {
  const asking = { 'workos-api-url': workos.url, 'workos-api-key': 'sk_test_local', ...flags };
  return testServer(asking, temporaryDirectory(), { jwksCooldownMs });
}

/** Connections are counted, and get no answer. */
async function foreignServer(): Promise<AsyncDisposable & { readonly url: string; connections(): number }> {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function outcome(server: TestServer, token: string): Promise<unknown> {
  const { status, headers, body } = await server.post(token);
  assertMatchesContract('POST', '/v1/auth/web/callback', { status, headers, body });
  return body.error?.reason ?? status;
}

test('accepts a token of the other server, with the address known there', async () => {
  await using workos = await testServer();
  await using server = await askingOf(workos);
  const { token } = workos.mint({ email: 'ada@example.com' });
  const first = await server.post(token);
  expect(first.body.workspace_member.email).toBe('ada@example.com');
  expect(first.body.default_api_key.secret).toMatch(/^ap_pk_preview_/);
  expect((await server.post(token)).bytes.equals(first.bytes)).toBe(true);
  expect((await server.get('/v1/web/workspace', token)).status).toBe(200);
  // The other server has seen no callback.
  expect((await workos.get('/v1/web/workspace', token)).status).toBe(403);

  workos.users.changeEmail(
    first.body && workos.users.findByEmail('ada@example.com')!.id,
    'ada@new.example',
    new Date().toISOString(),
  );
  expect((await server.post(workos.mint({ email: 'ada@new.example' }).token)).body.workspace_member.email).toBe(
    'ada@new.example',
  );
});

test('rejects a token of its own key there', async () => {
  await using workos = await testServer();
  await using server = await askingOf(workos);
  expect(await outcome(server, server.mint().token)).toBe('kid_unknown');
});

test('the cooldown is five seconds', () => {
  expect(JWKS_COOLDOWN_MS).toBe(5000);
});

test('accepts a rotated key without a restart, after the cooldown', async () => {
  await using workos = await testServer();
  await using server = await askingOf(workos, {}, 300);
  expect(await outcome(server, workos.mint().token)).toBe(200);
  await workos.keyring.rotate(Date.now());
  await expect.poll(() => outcome(server, workos.mint().token)).toBe(200);
});

test('accepts new keys at once after a reload, and rejects removed ones', async () => {
  await using workos = await testServer();
  await using server = await askingOf(workos);
  const old = workos.mint();
  expect(await outcome(server, old.token)).toBe(200);
  await workos.keyring.rotate(Date.now());
  const fresh = workos.mint();
  await workos.keyring.retire(String(old.header.kid), Date.now());
  await server.running.reloadKeys();
  expect(await outcome(server, fresh.token)).toBe(200);
  expect(await outcome(server, old.token)).toBe('kid_unknown');
});

test('rejects a user whom the other server removed, replays included', async () => {
  await using workos = await testServer();
  await using server = await askingOf(workos);
  const { token, claims } = workos.mint();
  expect(await outcome(server, token)).toBe(200);
  workos.users.remove(String(claims.sub));
  expect(await outcome(server, token)).toBe('user_fetch_failed');
  expect(await outcome(server, workos.mint({ sub: String(claims.sub), email: 'ada@example.com' }).token)).toBe(200);
});

test('reports a rejected API key as a failure of this server, not of the token', async () => {
  await using workos = await testServer();
  await using server = await askingOf(workos, { 'workos-api-key': 'sk_test_other' });
  const answer = await server.post(workos.mint().token);
  expect(answer).toMatchObject({ status: 503, body: { error: { reason: 'workos_credentials_refused' } } });
  expect(answer.bytes.toString()).not.toContain('sk_test_other');
});

test('answers callbacks with 503 while the other server is down, and still serves reads', async () => {
  const workos = await testServer();
  await using server = await askingOf(workos);
  const { token } = workos.mint();
  expect(await outcome(server, token)).toBe(200);
  const next = workos.mint().token;
  await workos[Symbol.asyncDispose]();
  expect(await outcome(server, next)).toBe('user_endpoint_unavailable');
  expect((await server.get('/v1/web/workspace', token)).status).toBe(200);
});

test('bypasses a proxy of the environment for tokens and the API key of WorkOS', async () => {
  await using workos = await testServer();
  await using proxy = await foreignServer();
  using directory = temporaryDirectory();
  await using server = await serverProcess(['--state-dir', directory.path, '--workos-api-url', workos.url], {
    env: { WORKOS_API_KEY: 'sk_test_local', HTTP_PROXY: proxy.url, http_proxy: proxy.url, ALL_PROXY: proxy.url },
  });
  const headers = { authorization: `Bearer ${workos.mint().token}` };
  expect((await fetch(server.ready.callback_url, { method: 'POST', headers })).status).toBe(200);
  expect(proxy.connections()).toBe(0);
});

test('fetches the keys again on SIGHUP', async () => {
  await using workos = await testServer();
  using directory = temporaryDirectory();
  await using server = await serverProcess(['--state-dir', directory.path, '--workos-api-url', workos.url], {
    env: { WORKOS_API_KEY: 'sk_test_local' },
  });
  const post = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(server.ready.callback_url, { method: 'POST', headers })).status;
  };
  expect(await post(workos.mint().token)).toBe(200);
  await workos.keyring.rotate(Date.now());
  const { token } = workos.mint();
  server.child.kill('SIGHUP');
  await expect.poll(() => server.stderr()).toContain('keys reloaded');
  expect(await post(token)).toBe(200);
  expect(await server.stop()).toBe(0);
});

test('warns on SIGHUP while the keys are unavailable, and keeps using the known ones', async () => {
  const workos = await testServer();
  using directory = temporaryDirectory();
  await using server = await serverProcess(['--state-dir', directory.path, '--workos-api-url', workos.url], {
    env: { WORKOS_API_KEY: 'sk_test_local' },
  });
  await workos[Symbol.asyncDispose]();
  server.child.kill('SIGHUP');
  await expect.poll(() => server.stderr()).toContain('keys could not be reloaded');
  expect((await fetch(`${server.ready.url}/healthz`)).status).toBe(200);
  expect(await server.stop()).toBe(0);
});

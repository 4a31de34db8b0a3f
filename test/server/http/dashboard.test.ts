/** What the dashboard reads with an access token (contract, Dashboard reads). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROUTES } from '../../../src/server/contract/routes.ts';
import { assertMatchesContract } from '../../support/contract.ts';
import { dump, execute, observe, UNCHANGED } from '../../support/database.ts';
import { type TestServer, testServer } from '../../support/server.ts';

const SEED = new URL('../contract/seed.yaml', import.meta.url).pathname;
const READS = ROUTES.filter(({ path }) => path.startsWith('/v1/web/'));
const ARTIFACT = 'art_01KJQ5T4G2V3W4X5Y6Z7A8B9CD';
const pathOf = ({ path }: { readonly path: string }) => path.replace(':id', ARTIFACT);

let server: TestServer;
beforeAll(async () => {
  server = await testServer({ seed: SEED });
});
afterAll(() => server[Symbol.asyncDispose]());

async function read(path: string, email = 'ada@example.com') {
  const answer = await server.get(path, server.mint({ email }).token);
  assertMatchesContract('GET', path, answer);
  return answer;
}

describe('a member', () => {
  test('reads workspace and membership', async () => {
    const { body } = await read('/v1/web/workspace');
    expect(body).toMatchObject({
      workspace: { name: "ada's Workspace" },
      workspace_member: { email: 'ada@example.com', scopes: ['publish', 'read', 'admin'] },
      usage_policy: { file_size_cap_bytes: 10485760, artifact_size_cap_bytes: 26214400, max_ttl_seconds: 7776000 },
      default_key_first_run: false,
    });
  });

  test('reads the artifacts of the seed, last published first', async () => {
    const { body } = await read('/v1/web/artifacts');
    expect(body.items.map(({ title, status }: Record<string, unknown>) => [title, status])).toEqual([
      ['Quarterly report', 'Published'],
      ['Draft', 'Expired'],
      ['Old', 'Deleted'],
    ]);
    expect(body.items[2]).toMatchObject({ pinned: true, lockdown: true, auto_delete_at: null });
    expect(body.page_info).toEqual({ next_cursor: null, has_more: false });
  });

  test('reads one artifact with its files', async () => {
    const { body } = await read(`/v1/web/artifacts/${ARTIFACT}`);
    expect(body).toMatchObject({ id: ARTIFACT, entrypoint: 'index.html', file_count: 3, size_bytes: 48213 });
  });

  test('gets 404 for the artifact of another workspace and for an unknown one', async () => {
    const others = await read('/v1/web/artifacts/art_01KJQ5T4G2V3W4X5Y6Z7A8B9CG');
    const nobodys = await read('/v1/web/artifacts/art_01KJQ5T4G2V3W4X5Y6Z7A8B9CZ');
    expect(others.status).toBe(404);
    expect(others.body.error).toEqual({ ...nobodys.body.error, request_id: others.body.error.request_id });
    expect((await read('/v1/web/artifacts/art_01KJQ5T4G2V3W4X5Y6Z7A8B9CG', 'bert@example.com')).status).toBe(200);
  });

  test('reads keys without a secret, and events with what they changed', async () => {
    const { body: signedIn } = await server.post(server.mint({ email: 'carl@example.com' }).token);
    const { api_key: key, secret } = signedIn.default_api_key;
    const keys = await read('/v1/web/keys', 'carl@example.com');
    expect(keys.body.items).toEqual([{ ...key, expires_at: null, revoked: false }]);
    expect(keys.bytes.toString()).not.toContain(secret.slice(-43));

    const { items } = (await read('/v1/web/audit', 'carl@example.com')).body;
    expect(items.map(({ id, time, request_id, ...rest }: Record<string, unknown>) => rest)).toEqual([
      {
        actor: 'system:web-auth',
        action: 'api_key.created',
        target: `api_key:${key.id}`,
        change_summary: `name=Default, public_id=${key.public_id}`,
      },
      {
        actor: 'system:web-auth',
        action: 'workspace.created',
        target: `workspace:${signedIn.workspace.id}`,
        change_summary: '',
      },
    ]);
    const request = server.logged.find(({ outcome }) => outcome === 'provisioned')?.request_id;
    expect(items.map(({ request_id }: Record<string, unknown>) => request_id)).toEqual([request, request]);
  });

  test('reads settings', async () => {
    expect((await read('/v1/web/settings')).body).toEqual({
      workspace_name: "ada's Workspace",
      auto_deletion_days: 30,
      usage_policy: { artifacts_per_day: 0, bytes_per_day: 26214400 },
    });
  });

  test('sees a revoked key as revoked', async () => {
    const { body } = await server.post(server.mint({ email: 'dora@example.com' }).token);
    const at = '2026-03-02T09:30:00.125Z';
    execute(
      server.paths.database,
      'UPDATE api_keys SET revoked_at = ? WHERE id = ?',
      at,
      body.default_api_key.api_key.id,
    );
    const { items } = (await read('/v1/web/keys', 'dora@example.com')).body;
    expect(items).toMatchObject([{ revoked: true, revoked_at: at }]);
  });
});

describe.each(READS.map((route) => [pathOf(route), route.scope] as const))('%s', (path, scope) => {
  test('changes nothing', async () => {
    const { token } = server.mint();
    using observer = observe(server.paths.database);
    for (let count = 0; count < 3; count++) expect((await server.get(path, token)).status).toBe(200);
    expect(observer.changes()).toEqual(UNCHANGED);
  });

  test('is forbidden before the first sign-in, and creates no member', async () => {
    const before = dump(server.paths.database);
    const { status, body } = await read(path, 'stranger@example.com');
    expect({ status, code: body.error.code, reason: body.error.reason }).toEqual({ status: 403, code: 'forbidden' });
    expect(dump(server.paths.database)).toEqual(before);
  });

  test('does not accept an API key', async () => {
    const { body } = await server.post(server.mint({ email: 'erna@example.com' }).token);
    const secret = body.default_api_key?.secret ?? `ap_pk_preview_0000000000000000_${'A'.repeat(43)}`;
    const answer = await server.get(path, secret);
    expect({ status: answer.status, code: answer.body.error.code }).toEqual({ status: 401, code: 'not_authenticated' });
    expect(answer.bytes.toString()).not.toContain(secret);
  });

  test('does not accept a token of another issuer, client or key, or an expired one', async () => {
    for (const options of [{ issuer: 'https://evil.example' }, { clientId: 'client_other' }, { faults: ['expired'] }]) {
      expect((await server.get(path, server.mint(options).token)).status).toBe(401);
    }
  });

  test(`asks for ${scope ?? 'no scope'}`, async () => {
    const { body } = await server.post(server.mint({ email: 'fred@example.com' }).token);
    for (const granted of ['publish', 'read', 'admin']) {
      execute(
        server.paths.database,
        'UPDATE workspace_members SET scopes = ? WHERE id = ?',
        JSON.stringify([granted]),
        body.workspace_member.id,
      );
      const answer = await read(path, 'fred@example.com');
      const allowed = scope === null || scope === granted;
      expect({ granted, forbidden: answer.status === 403 }).toEqual({ granted, forbidden: !allowed });
    }
  });
});

/** Organizations of a seed file: at the sign-in, in the token, at a refresh, and in the lists. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WorkOS } from 'workos-node-11';
import { LOCAL_API_KEY, LOCAL_CLIENT_ID } from '../../../../src/machine/settings.ts';
import { assertMatchesContract } from '../../../support/contract.ts';
import { execute } from '../../../support/database.ts';
import { type TestServer, testServer } from '../../../support/server.ts';
import { authorizeQuery, codeFor, exchange, openPage, refresh, returned, shownPage } from '../../../support/sign-in.ts';

const SEED = fileURLToPath(new URL('./organizations.seed.yaml', import.meta.url));
let server: TestServer;
beforeAll(async () => {
  server = await testServer({ seed: SEED });
});
afterAll(() => server[Symbol.asyncDispose]());

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

async function signedIn(user: string, parameters: Record<string, string> = {}, organization?: string) {
  const page = await openPage(server.url, authorizeQuery(parameters));
  let sent = await page.send({ user });
  if (organization !== undefined) sent = await (await shownPage(page.url, sent, page.cookie)).send({ organization });
  return (await exchange(server.url, returned(sent).get('code') ?? '')).body;
}

describe('a sign-in', () => {
  test('of a member of several organizations asks for which', async () => {
    const page = await openPage(server.url);
    const asked = await shownPage(page.url, await page.send({ user: 'user_ada' }), page.cookie);
    expect(asked.html).toContain('Choose <bdi>Analytical Engines</bdi>');
    const body = await signedIn('user_ada', {}, 'org_difference');
    expect(body.organization_id).toBe('org_difference');
    expect(claimsOf(body.access_token)).toMatchObject({ org_id: 'org_difference', role: 'member', permissions: [] });
    expect(body.user).toMatchObject({ external_id: '4711', metadata: { plan: 'pro' } });
  });

  test('takes a single membership silently, and none from a membership that is inactive', async () => {
    expect((await signedIn('user_bob')).organization_id).toBe('org_analytical');
    expect((await signedIn('user_eve')).organization_id).toBeUndefined();
  });

  test('for an organization has its claims, and is for its active members alone', async () => {
    const parameters = { organization_id: 'org_analytical' };
    expect(claimsOf((await signedIn('user_ada', parameters)).access_token)).toMatchObject({
      org_id: 'org_analytical',
      role: 'admin',
      roles: ['admin'],
      permissions: ['publish', 'read'],
      entitlements: ['exports'],
      feature_flags: ['beta'],
    });
    const page = await openPage(server.url, authorizeQuery(parameters));
    for (const user of ['user_eve']) {
      const again = await page.send({ user });
      expect([again.status, await again.text()]).toEqual([400, expect.stringContaining('not an active member')]);
    }
  });

  test('takes no organization that the form does not offer', async () => {
    const page = await openPage(server.url);
    const asked = await shownPage(page.url, await page.send({ user: 'user_ada' }), page.cookie);
    expect((await asked.send({ organization: 'org_other' })).status).toBe(400);
    expect((await asked.send({ user: 'user_bob', organization: 'org_analytical' })).status).toBe(403);
  });
});

describe('a refresh', () => {
  test('keeps the organization, or goes to another one of the user', async () => {
    const first = await signedIn('user_ada', {}, 'org_difference');
    const kept = await refresh(server.url, first.refresh_token);
    expect(kept.body.organization_id).toBe('org_difference');
    const gone = await refresh(server.url, kept.body.refresh_token, { organization_id: 'org_analytical' });
    expect(claimsOf(gone.body.access_token)).toMatchObject({ org_id: 'org_analytical', role: 'admin' });
    const after = await refresh(server.url, gone.body.refresh_token);
    expect(after.body.organization_id).toBe('org_analytical');
  });

  test('reads the membership again', async () => {
    const { refresh_token } = await signedIn('user_bob');
    execute(server.paths.users, "UPDATE organization_memberships SET status = 'inactive' WHERE user_id = 'user_bob'");
    const answer = await refresh(server.url, refresh_token, { organization_id: 'org_analytical' });
    expect(answer.body.code).toBe('organization_membership_not_found');
    expect((await refresh(server.url, refresh_token)).body.organization_id).toBeUndefined();
    execute(server.paths.users, "UPDATE organization_memberships SET status = 'active' WHERE user_id = 'user_bob'");
  });
});

describe('the API', () => {
  test('lists organizations and memberships, to the SDK too', async () => {
    const workos = new WorkOS(LOCAL_API_KEY, {
      apiHostname: '127.0.0.1',
      port: server.running.port,
      https: false,
      clientId: LOCAL_CLIENT_ID,
    });
    expect((await workos.organizations.listOrganizations()).data.map(({ id }) => id)).toEqual([
      'org_difference',
      'org_analytical',
    ]);
    expect(await workos.organizations.getOrganization('org_analytical')).toMatchObject({ name: 'Analytical Engines' });
    const { data } = await workos.userManagement.listOrganizationMemberships({ userId: 'user_ada' });
    expect(data).toMatchObject([
      { organizationId: 'org_difference', role: { slug: 'member' }, status: 'active' },
      { organizationId: 'org_analytical', organizationName: 'Analytical Engines', role: { slug: 'admin' } },
    ]);
  });

  test.each([
    ['/organizations', 200],
    ['/organizations/org_unknown', 404],
    ['/organizations?limit=0', 422],
    ['/user_management/organization_memberships?organization_id=org_analytical&limit=1', 200],
    ['/user_management/organization_memberships?after=om_unknown', 422],
  ])('%s: %i, and 401 without the key', async (path, status) => {
    for (const [headers, expected] of [
      [{ authorization: `Bearer ${LOCAL_API_KEY}` }, status],
      [{}, 401],
    ] as const) {
      const response = await fetch(`${server.url}${path}`, { headers });
      assertMatchesContract('GET', path, {
        status: response.status,
        headers: response.headers,
        body: await response.json(),
      });
      expect(response.status).toBe(expected);
    }
  });
});

test('a seed that is sown again changes nothing', async () => {
  const first = await testServer({ seed: SEED });
  await using again = await first.restart();
  expect((await exchange(again.url, await codeFor(again.url, 'bob@example.com'))).body.organization_id).toBe(
    'org_analytical',
  );
});

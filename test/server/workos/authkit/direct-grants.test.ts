/** Grants without a page: passwords, codes that are mailed, and the steps that a sign-in may lack. */

import { fileURLToPath } from 'node:url';
import { type AuthenticationException, WorkOS as WorkOS10 } from '@workos-inc/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WorkOS as WorkOS11 } from 'workos-node-11';
import { LOCAL_API_KEY, LOCAL_CLIENT_ID } from '../../../../src/machine/settings.ts';
import { assertMatchesContract } from '../../../support/contract.ts';
import { type TestServer, testServer } from '../../../support/server.ts';
import { authenticate, type GrantAnswer, refresh } from '../../../support/sign-in.ts';

const SEED = fileURLToPath(new URL('organizations.seed.yaml', import.meta.url));
const PATH = '/user_management/authenticate';
const URN = 'urn:workos:oauth:grant-type';

let server: TestServer;
beforeAll(async () => {
  server = await testServer({ seed: SEED });
  for (const [email, more] of [
    ['pass@example.com', {}],
    ['unverified@example.com', { email_verified: false }],
  ] as const)
    await api('POST', '/user_management/users', { email, password: 'correct horse', ...more });
  for (const id of ['user_ada', 'user_bob'])
    await api('PUT', `/user_management/users/${id}`, { password: 'correct horse' });
});
afterAll(() => server[Symbol.asyncDispose]());

async function api(method: string, path: string, body?: object, at = server) {
  const response = await fetch(`${at.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${LOCAL_API_KEY}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: the body of an answer is whatever the test says it is
  const answered: any = await response.json();
  const answer = { status: response.status, headers: response.headers, body: answered };
  assertMatchesContract(method, path, answer);
  return answer;
}

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
async function grant(type: string, members: object, at = server): Promise<GrantAnswer> {
  const answer = await authenticate(at.url, { grant_type: type, ...members });
  assertMatchesContract('POST', PATH, answer);
  return answer;
}
const byPassword = (email: string, password = 'correct horse') => grant('password', { email, password });
const byMagicCode = (email: string, code: string, at = server) => grant(`${URN}:magic-auth:code`, { email, code }, at);
const byVerification = (token: string, code: string) =>
  grant(`${URN}:email-verification:code`, { pending_authentication_token: token, code });
const bySelection = (token: string, organization_id: string) =>
  grant(`${URN}:organization-selection`, { pending_authentication_token: token, organization_id });
const told = ({ status, body }: GrantAnswer) => [status, body.code ?? body.error];
const magicCode = async (email: string, at = server) =>
  (await api('POST', '/user_management/magic_auth', { email }, at)).body;
const other = (code: string) => (code === '000000' ? '000001' : '000000');

describe('a password', () => {
  test('signs in, with a session that refreshes', async () => {
    const answer = await byPassword('PASS@example.com');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ authentication_method: 'Password', user: { email: 'pass@example.com' } });
    expect(server.logged.at(-1)).toMatchObject({ outcome: 'signed_in', user: answer.body.user.id });
    expect((await refresh(server.url, answer.body.refresh_token)).status).toBe(200);
  });

  test.each([
    ['a wrong one', 'pass@example.com', 'wrong horse'],
    ['an unknown address', 'nobody@example.com', 'correct horse'],
    ['a user without one', 'eve@example.com', 'correct horse'],
    ['one in another case', 'pass@example.com', 'Correct horse'],
  ])('is refused for %s', async (_, email, password) => {
    const answer = await byPassword(email, password);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_credentials' } });
    expect(server.logged.at(-1)).toMatchObject({ outcome: 'refused', reason: 'invalid_credentials' });
  });

  test('names the organization of a member of one', async () => {
    const { body } = await byPassword('bob@example.com');
    expect([body.organization_id, claimsOf(body.access_token).org_id]).toEqual(['org_analytical', 'org_analytical']);
  });
});

describe('every grant without a page', () => {
  const GRANTS = [
    ['password', { email: 'a@example.com', password: 'x' }],
    [`${URN}:magic-auth:code`, { email: 'a@example.com', code: '123456' }],
    [`${URN}:email-verification:code`, { code: '123456', pending_authentication_token: 'x' }],
    [`${URN}:organization-selection`, { organization_id: 'org_x', pending_authentication_token: 'x' }],
  ] as const;

  test.each(GRANTS)('%s needs the secret of the client, and each of its members as text', async (type, members) => {
    expect(told(await grant(type, { ...members, client_secret: undefined }))).toEqual([400, 'invalid_client']);
    for (const name of Object.keys(members))
      for (const bad of [undefined, null, 1, '', ['x']])
        expect(told(await grant(type, { ...members, [name]: bad })), `${name} ${bad}`).toEqual([
          400,
          'invalid_request',
        ]);
  });
});

describe('a magic code', () => {
  test('signs in once, makes the user, and verifies the address', async () => {
    const made = await magicCode('magic@example.com');
    expect(made).toMatchObject({
      object: 'magic_auth',
      email: 'magic@example.com',
      code: expect.stringMatching(/^\d{6}$/),
    });
    expect(server.mails.at(-1)).toEqual({ to: 'magic@example.com', code: made.code });
    expect((await api('GET', `/user_management/magic_auth/${made.id}`)).body).toEqual(made);
    expect((await api('GET', `/user_management/email_verification/${made.id}`)).status).toBe(404);
    expect(server.users.findByEmail('magic@example.com')).toMatchObject({ email_verified: false });
    const answer = await byMagicCode('Magic@example.com', made.code);
    expect(answer.body).toMatchObject({ authentication_method: 'MagicAuth', user: { email_verified: true } });
    expect(told(await byMagicCode('magic@example.com', made.code))).toEqual([400, 'one_time_code_previously_used']);
  });

  test('gives way to the next one', async () => {
    const [first, second] = [await magicCode('next@example.com'), await magicCode('next@example.com')];
    if (first.code !== second.code)
      expect(told(await byMagicCode('next@example.com', first.code))).toEqual([400, 'invalid_one_time_code']);
    expect((await byMagicCode('next@example.com', second.code)).status).toBe(200);
  });

  test('is refused for another address, and as what is no code, without counting', async () => {
    const { code } = await magicCode('mine@example.com');
    await magicCode('theirs@example.com');
    for (const bad of [` ${code}`, `${code}0`, code.slice(1), 'abcdef', '１２３４５６', 'x'.repeat(2000)])
      expect(told(await byMagicCode('mine@example.com', bad))).toEqual([400, 'invalid_one_time_code']);
    expect(told(await byMagicCode('nobody@example.com', code))).toEqual([400, 'invalid_one_time_code']);
    expect((await byMagicCode('mine@example.com', code)).status).toBe(200);
  });

  test('is lost after five wrong ones', async () => {
    const { code } = await magicCode('tries@example.com');
    for (let count = 0; count < 5; count++)
      expect(told(await byMagicCode('tries@example.com', other(code)))).toEqual([400, 'invalid_one_time_code']);
    expect(told(await byMagicCode('tries@example.com', code))).toEqual([400, 'one_time_code_too_many_attempts']);
    expect((await byMagicCode('tries@example.com', (await magicCode('tries@example.com')).code)).status).toBe(200);
  });

  test('lives ten minutes', async () => {
    await using timed = await testServer();
    const at = Date.now();
    timed.setClock(at);
    const { code } = await magicCode('late@example.com', timed);
    timed.setClock(at + 600_000);
    expect(told(await byMagicCode('late@example.com', code, timed))).toEqual([400, 'one_time_code_expired']);
    timed.setClock(at + 599_999);
    expect((await byMagicCode('late@example.com', code, timed)).status).toBe(200);
  });

  test('is no longer good for a user whose address changed', async () => {
    const { code, user_id } = await magicCode('before@example.com');
    await api('PUT', `/user_management/users/${user_id}`, { email: 'after@example.com' });
    for (const email of ['before@example.com', 'after@example.com'])
      expect(told(await byMagicCode(email, code))).toEqual([400, 'invalid_one_time_code']);
  });

  test('is asked for with an address', async () => {
    for (const body of [{}, { email: 'x' }, { email: 1 }])
      expect((await api('POST', '/user_management/magic_auth', body)).status).toBe(422);
  });
});

describe('an address that is not verified', () => {
  test('is verified by the code that was mailed, with the pending token', async () => {
    const step = await byPassword('unverified@example.com');
    expect(step).toMatchObject({
      status: 403,
      body: { code: 'email_verification_required', email: 'unverified@example.com' },
    });
    expect(server.logged.at(-1)).toMatchObject({ outcome: 'refused', reason: 'email_verification_required' });
    const { pending_authentication_token: token, email_verification_id: id } = step.body;
    const { body: mailed } = await api('GET', `/user_management/email_verification/${id}`);
    expect(server.mails.at(-1)).toEqual({ to: 'unverified@example.com', code: mailed.code });
    expect(told(await byVerification(`${token}x`, mailed.code))).toEqual([400, 'invalid_pending_authentication_token']);
    expect(told(await bySelection(token, 'org_analytical'))).toEqual([400, 'invalid_pending_authentication_token']);
    expect(told(await byVerification(token, other(mailed.code)))).toEqual([400, 'invalid_one_time_code']);
    const answer = await byVerification(token, mailed.code);
    expect(answer.body).toMatchObject({ authentication_method: 'Password', user: { email_verified: true } });
    expect(told(await byVerification(token, mailed.code))).toEqual([400, 'invalid_pending_authentication_token']);
    expect((await byPassword('unverified@example.com')).status).toBe(200);
  });

  test('can be verified by the API', async () => {
    const { body: user } = await api('POST', '/user_management/users', {
      email: 'send@example.com',
      email_verified: false,
    });
    const path = `/user_management/users/${user.id}/email_verification`;
    expect((await api('POST', `${path}/send`)).body).toEqual({ user });
    const { code } = server.mails.at(-1) ?? { code: '' };
    expect((await api('POST', `${path}/confirm`, {})).status).toBe(422);
    expect((await api('POST', `${path}/confirm`, { code: other(code) })).body.code).toBe('invalid_one_time_code');
    expect((await api('POST', `${path}/confirm`, { code })).body.user.email_verified).toBe(true);
    expect((await api('POST', `${path}/confirm`, { code })).body.code).toBe('one_time_code_previously_used');
    for (const action of ['send', 'confirm'])
      expect(
        (await api('POST', `/user_management/users/user_nobody/email_verification/${action}`, { code })).status,
      ).toBe(404);
  });
});

describe('a member of several organizations', () => {
  test('chooses one with the pending token, which a wrong choice does not spend', async () => {
    const step = await byPassword('ada@example.com');
    expect(step).toMatchObject({
      status: 403,
      body: {
        code: 'organization_selection_required',
        organizations: [
          { id: 'org_analytical', name: 'Analytical Engines' },
          { id: 'org_difference', name: 'Difference Works' },
        ],
        user: { id: 'user_ada' },
      },
    });
    const token = step.body.pending_authentication_token;
    for (const wrong of ['org_unknown', 'Analytical Engines'])
      expect(told(await bySelection(token, wrong))).toEqual([400, 'invalid_organization_id']);
    expect(told(await byVerification(token, '123456'))).toEqual([400, 'invalid_pending_authentication_token']);
    const { body } = await bySelection(token, 'org_difference');
    expect(claimsOf(body.access_token)).toMatchObject({ sub: 'user_ada', org_id: 'org_difference' });
    expect(told(await bySelection(token, 'org_difference'))).toEqual([400, 'invalid_pending_authentication_token']);
  });

  test('who is unverified verifies first, and chooses then', async () => {
    await api('PUT', '/user_management/users/user_ada', { email_verified: false });
    const first = await byPassword('ada@example.com');
    const { code } = server.mails.at(-1) ?? { code: '' };
    const second = await byVerification(first.body.pending_authentication_token, code);
    expect(told(second)).toEqual([403, 'organization_selection_required']);
    expect((await bySelection(second.body.pending_authentication_token, 'org_analytical')).status).toBe(200);
  });

  test('has ten minutes to choose, on any server of the state', async () => {
    await using timed = await testServer({ seed: SEED });
    const at = Date.now();
    timed.setClock(at);
    await api('PUT', '/user_management/users/user_ada', { password: 'p' }, timed);
    const ask = () => grant('password', { email: 'ada@example.com', password: 'p' }, timed);
    const select = (token: string, asked = timed) =>
      grant(
        `${URN}:organization-selection`,
        { pending_authentication_token: token, organization_id: 'org_analytical' },
        asked,
      );
    const [late, kept] = [await ask(), await ask()];
    timed.setClock(at + 600_000);
    expect(told(await select(late.body.pending_authentication_token))).toEqual([
      400,
      'invalid_pending_authentication_token',
    ]);
    await using restarted = await timed.restart();
    restarted.setClock(at + 599_999);
    expect((await select(kept.body.pending_authentication_token, restarted)).status).toBe(200);
  });
});

describe.each([
  ['10', (port: number) => new WorkOS10(LOCAL_API_KEY, sdkOptions(port)).userManagement],
  ['11', (port: number) => new WorkOS11(LOCAL_API_KEY, sdkOptions(port)).userManagement],
])('@workos-inc/node %s', (version, make) => {
  const clientId = LOCAL_CLIENT_ID;

  test('signs in by a magic code, and by a password with both further steps', async () => {
    const sdk = make(server.running.port);
    const email = `sdk-${version}@example.com`;
    const magic = await sdk.createMagicAuth({ email });
    expect(await sdk.getMagicAuth(magic.id)).toMatchObject({ code: magic.code, email });
    const { user } = await sdk.authenticateWithMagicAuth({ clientId, email, code: magic.code });
    expect(user.emailVerified).toBe(true);
    await sdk.updateUser({ userId: 'user_ada', emailVerified: false, password: 'correct horse' });
    const password = { clientId, email: 'ada@example.com', password: 'correct horse' };
    const unverified = await sdk.authenticateWithPassword(password).catch((error: unknown) => error);
    expect(unverified).toMatchObject({ status: 403, code: 'email_verification_required' });
    const { rawData, pendingAuthenticationToken = '' } = unverified as AuthenticationException;
    const { code } = await sdk.getEmailVerification(
      (rawData as unknown as { email_verification_id: string }).email_verification_id,
    );
    const several = await sdk
      .authenticateWithEmailVerification({ clientId, code, pendingAuthenticationToken })
      .catch((error: unknown) => error);
    expect(several).toMatchObject({ status: 403, code: 'organization_selection_required' });
    const chosen = await sdk.authenticateWithOrganizationSelection({
      clientId,
      organizationId: 'org_difference',
      pendingAuthenticationToken: (several as AuthenticationException).pendingAuthenticationToken ?? '',
    });
    expect(chosen).toMatchObject({ organizationId: 'org_difference', user: { id: 'user_ada', emailVerified: true } });
  });

  test('verifies an address', async () => {
    const sdk = make(server.running.port);
    const { id } = await sdk.createUser({ email: `verify-${version}@example.com`, emailVerified: false });
    await sdk.sendVerificationEmail({ userId: id });
    const { code } = server.mails.at(-1) ?? { code: '' };
    expect((await sdk.verifyEmail({ userId: id, code })).user.emailVerified).toBe(true);
  });
});

function sdkOptions(port: number) {
  return { apiHostname: '127.0.0.1', port, https: false, clientId: LOCAL_CLIENT_ID };
}

/** The server SDK of WorkOS as it is published, in both versions that dashboards have, through whole sign-ins. */
import * as version10 from '@workos-inc/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as version11 from 'workos-node-11';
import { LOCAL_API_KEY, LOCAL_CLIENT_ID } from '../../../../src/machine/settings.ts';
import { type TestServer, testServer } from '../../../support/server.ts';
import { openPage, REDIRECT, returned } from '../../../support/sign-in.ts';

const PASSWORD = 'a-cookie-password-of-at-least-32-characters';
let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** What a person does with the URL that an SDK made. */
async function signedInAt(url: string, email = 'ada@example.com'): Promise<URLSearchParams> {
  const { origin, search } = new URL(url);
  return returned(await (await openPage(origin, search.slice(1))).send({ email }));
}

describe.each([
  ['10', version10],
  ['11', version11],
] as const)('@workos-inc/node %s', (_, { WorkOS, OauthException, UnauthorizedException, NotFoundException }) => {
  const address = () => ({ apiHostname: '127.0.0.1', port: server.running.port, https: false });
  const sdk = (key = LOCAL_API_KEY) => new WorkOS(key, { ...address(), clientId: LOCAL_CLIENT_ID }).userManagement;
  const publicSdk = () => new WorkOS({ ...address(), clientId: LOCAL_CLIENT_ID }).userManagement;
  const code = async (email?: string) =>
    (await signedInAt(sdk().getAuthorizationUrl({ provider: 'authkit', redirectUri: REDIRECT }), email)).get('code') ??
    '';
  const thrown = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);

  test('signs in with the secret, refreshes, and signs out', async () => {
    const first = await sdk().authenticateWithCode({ code: await code() });
    expect(first.user).toMatchObject({
      email: 'ada@example.com',
      emailVerified: true,
      lastSignInAt: expect.any(String),
    });
    expect([first.authenticationMethod, first.organizationId]).toEqual(['Password', undefined]);
    const next = await sdk().authenticateWithRefreshToken({ refreshToken: first.refreshToken });
    const sessions = await sdk().listSessions(first.user.id);
    const [{ id, status } = { id: '', status: '' }] = sessions.data;
    expect(status).toBe('active');
    const out = await fetch(sdk().getLogoutUrl({ sessionId: id }), { redirect: 'manual' });
    expect(out.headers.get('location')).toBe(new URL(REDIRECT).origin);
    expect(await thrown(sdk().authenticateWithRefreshToken({ refreshToken: next.refreshToken }))).toMatchObject({
      name: 'OauthException',
      error: 'invalid_grant',
      status: 400,
    });
  });

  test('signs in with the secret and PKCE, and with PKCE alone', async () => {
    const { url, codeVerifier } = await sdk().getAuthorizationUrlWithPKCE({
      provider: 'authkit',
      redirectUri: REDIRECT,
    });
    const both = await sdk().authenticateWithCode({ code: (await signedInAt(url)).get('code') ?? '', codeVerifier });
    expect(both.user.email).toBe('ada@example.com');

    const open = await publicSdk().getAuthorizationUrlWithPKCE({ provider: 'authkit', redirectUri: REDIRECT });
    const back = await signedInAt(open.url);
    expect(back.get('state')).toBe(open.state);
    const alone = await publicSdk().authenticateWithCode({
      code: back.get('code') ?? '',
      codeVerifier: open.codeVerifier,
    });
    const next = await publicSdk().authenticateWithRefreshToken({ refreshToken: alone.refreshToken });
    expect(next.user.id).toBe(alone.user.id);
  });

  test('seals a session, authenticates and refreshes it, and has its logout URL', async () => {
    const seal = { sealSession: true, cookiePassword: PASSWORD };
    const { sealedSession } = await sdk().authenticateWithCode({ code: await code(), session: seal });
    const session = sdk().loadSealedSession({ sessionData: sealedSession ?? '', cookiePassword: PASSWORD });
    expect(await session.authenticate()).toMatchObject({ authenticated: true, user: { email: 'ada@example.com' } });
    expect(await session.refresh()).toMatchObject({ authenticated: true, sealedSession: expect.any(String) });
    const url = await session.getLogoutUrl({ returnTo: 'http://localhost:3000/bye' });
    expect((await fetch(url, { redirect: 'manual' })).headers.get('location')).toBe('http://localhost:3000/bye');
    expect(await session.refresh()).toMatchObject({ authenticated: false, reason: 'invalid_grant' });
  });

  test('three refreshes of one sealed session at once leave its user signed in, with any of the three', async () => {
    const seal = { sealSession: true, cookiePassword: PASSWORD };
    const { sealedSession } = await sdk().authenticateWithCode({ code: await code(), session: seal });
    let sealed = sealedSession ?? '';
    for (let round = 0; round < 3; round++) {
      const refreshes = await Promise.all(
        [sdk(), sdk(), sdk()].map((each) =>
          each.loadSealedSession({ sessionData: sealed, cookiePassword: PASSWORD }).refresh(),
        ),
      );
      expect(refreshes.map(({ authenticated }) => authenticated)).toEqual([true, true, true]);
      sealed = (refreshes[round] as { sealedSession: string }).sealedSession;
    }
  });

  test('revokes a session', async () => {
    const { user, refreshToken } = await sdk().authenticateWithCode({ code: await code('revoked@example.com') });
    const [session] = (await sdk().listSessions(user.id)).data;
    await sdk().revokeSession({ sessionId: session?.id ?? '' });
    expect((await sdk().listSessions(user.id)).data).toEqual([]);
    expect(await thrown(sdk().authenticateWithRefreshToken({ refreshToken }))).toBeInstanceOf(OauthException);
  });

  test('throws the class of each error', async () => {
    const used = await code();
    await sdk().authenticateWithCode({ code: used });
    expect(await thrown(sdk().authenticateWithCode({ code: used }))).toBeInstanceOf(OauthException);
    expect(await thrown(sdk('sk_test_other').authenticateWithCode({ code: used }))).toBeInstanceOf(
      UnauthorizedException,
    );
    expect(await thrown(sdk().authenticateWithCode({ code: await code(), clientId: 'client_other' }))).toMatchObject({
      error: 'invalid_client',
    });
    const verified = await thrown(sdk().authenticateWithCode({ code: await code(), codeVerifier: 'v'.repeat(43) }));
    expect(verified).toMatchObject({ code: 'code_challenge_not_found', status: 400 });
    expect(await thrown(sdk().revokeSession({ sessionId: 'session_unknown' }))).toBeInstanceOf(NotFoundException);
    expect(await thrown(sdk().listSessions('user_unknown'))).toBeInstanceOf(NotFoundException);
  });
});

/** `@workos/authkit-session`, on which the SDK of TanStack Start stands, through a whole sign-in. */
import {
  type AuthKitConfig,
  AuthService,
  CookieSessionStorage,
  configure,
  getWorkOS,
  sessionEncryption,
} from '@workos/authkit-session';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LOCAL_API_KEY, LOCAL_CLIENT_ID } from '../../../../src/machine/settings.ts';
import { type TestServer, testServer } from '../../../support/server.ts';
import { openPage, REDIRECT, returned } from '../../../support/sign-in.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer({ 'access-token-lifetime': '2s' });
});
afterAll(() => server[Symbol.asyncDispose]());

type Jar = Map<string, string>;

/** A browser's cookies, as an adapter would read and write them. */
class JarStorage extends CookieSessionStorage<Jar, Jar> {
  async getCookie(jar: Jar, name: string): Promise<string | null> {
    return jar.get(name) ?? null;
  }
  protected override async applyHeaders(jar: Jar | undefined, headers: Record<string, string | string[]>) {
    for (const header of [headers['Set-Cookie'] ?? []].flat()) {
      const [pair = '', ...attributes] = header.split(';');
      const [name = '', value = ''] = pair.split(/=(.*)/s);
      if (attributes.some((each) => /max-age=0/i.test(each))) jar?.delete(name);
      else jar?.set(name, decodeURIComponent(value));
    }
    return { response: jar as Jar };
  }
}

/** One process of a dashboard; each has its own memory of refreshes under way. */
function dashboard(): AuthService<Jar, Jar> {
  const config: AuthKitConfig = {
    clientId: LOCAL_CLIENT_ID,
    apiKey: LOCAL_API_KEY,
    redirectUri: REDIRECT,
    cookiePassword: 'a-cookie-password-of-at-least-32-characters',
    apiHostname: '127.0.0.1',
    apiHttps: false,
    apiPort: server.running.port,
    cookieMaxAge: 3600,
    cookieName: 'wos-session',
  };
  configure(config);
  return new AuthService(config, new JarStorage(config), getWorkOS(), sessionEncryption);
}

async function signedIn(service: AuthService<Jar, Jar>, jar: Jar) {
  const { url } = await service.createSignIn(jar, { returnPathname: '/dashboard' });
  const { origin, search } = new URL(url);
  const page = await openPage(origin, search.slice(1));
  const back = returned(await page.send({ email: 'ada@example.com' }));
  const callback = { code: back.get('code') ?? '', state: back.get('state') ?? undefined };
  return service.handleCallback(jar, jar, callback);
}

test('createSignIn, the page, handleCallback, withAuth, refreshSession, signOut', async () => {
  const jar: Jar = new Map();
  const service = dashboard();
  const done = await signedIn(service, jar);
  expect([done.returnPathname, [...jar.keys()]]).toEqual(['/dashboard', ['wos-session']]);

  const { auth } = await service.withAuth(jar);
  expect(auth).toMatchObject({ user: { email: 'ada@example.com' }, sessionId: expect.stringMatching(/^session_/) });
  const session = await service.getSession(jar);
  const refreshed = await service.refreshSession(session as NonNullable<typeof session>);
  expect(refreshed.auth).toMatchObject({ user: { email: 'ada@example.com' } });

  const { logoutUrl } = await service.signOut((auth as { sessionId: string }).sessionId, {
    returnTo: 'http://localhost:3000/',
  });
  expect((await fetch(logoutUrl, { redirect: 'manual' })).headers.get('location')).toBe('http://localhost:3000/');
  await expect(service.refreshSession(session as NonNullable<typeof session>)).rejects.toThrow();
});

test('three requests of one page with an expired token, to three processes of the dashboard, sign no user out', async () => {
  const processes = [dashboard(), dashboard(), dashboard()];
  let jar: Jar = new Map();
  server.setClock(Date.now() - 3_600_000); // what the server signs has expired for the dashboard
  await signedIn(processes[0] as AuthService<Jar, Jar>, jar);
  for (let round = 0; round < 3; round++) {
    const answers = await Promise.all(processes.map((each) => each.withAuth(new Map(jar))));
    expect(answers.map(({ auth }) => auth.user?.email)).toEqual(Array(3).fill('ada@example.com'));
    const tokens = answers.map(({ auth }) => (auth as { refreshToken: string }).refreshToken);
    expect(new Set(tokens).size).toBe(1);
    // The browser keeps the cookie of the answer that comes last.
    const { refreshedSessionData } = answers[round] ?? {};
    expect(refreshedSessionData).toEqual(expect.any(String));
    jar = new Map([['wos-session', refreshedSessionData ?? '']]);
  }
  server.setClock(undefined);
});

/** `GET /user_management/authorize`: what each request gets, and where. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LOCAL_CLIENT_ID } from '../../../../src/machine/settings.ts';
import { rawRequest } from '../../../support/raw-socket.ts';
import { type TestServer, testServer } from '../../../support/server.ts';
import { authorizeQuery, openPage, pkce, REDIRECT, returned } from '../../../support/sign-in.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const ask = (query: string) => fetch(`${server.url}/user_management/authorize?${query}`, { redirect: 'manual' });

describe('a request whose redirect URI cannot be trusted is answered with a page', () => {
  test.each([
    ['no client_id', { client_id: undefined }, LOCAL_CLIENT_ID],
    ['another client_id', { client_id: 'client_other' }, LOCAL_CLIENT_ID],
    ['no redirect_uri', { redirect_uri: undefined }, 'redirect_uri'],
    ['an invitation', { invitation_token: 'x' }, 'invitation_token is not played here'],
    ['a password reset', { password_reset_token: 'x' }, 'password_reset_token is not played here'],
    ...[
      '//evil.example',
      '/callback',
      'callback',
      'http:localhost/callback',
      'http:///localhost/callback',
      'http://localhost@evil.example',
      'http://evil.example@localhost',
      'http://@localhost/',
      'http://:@localhost/',
      'http://localhost.evil.example',
      'http://127.0.0.1.nip.example',
      'http://[::ffff:7f00:1]',
      'http://0.0.0.0/cb',
      'http://localhost./cb',
      'https://app.example/cb',
      'javascript://localhost/%0aalert(1)',
      'data:text/html,x',
      'file://localhost/etc/passwd',
      'blob:http://localhost/x',
      'view-source:http://localhost/',
      'myapp://callback',
      'ftp://localhost/',
      'http://localhost/\tcb',
      'http://loc\nalhost/cb',
      'http://localhost/cb\u0000',
      'http://localhost/cb%00',
      'http://localhost\\@evil.example',
      'http://localhost/a\\b',
      'http://localhost/cb#fragment',
      'http://localhost/cb#',
      ' http://localhost/cb',
      'http://localhost/c b',
      `http://localhost/${'a'.repeat(3000)}`,
    ].map((uri) => [JSON.stringify(uri).slice(0, 60), { redirect_uri: uri }, 'redirect_uri'] as const),
  ] as const)('%s', async (_, changed, shown) => {
    const response = await ask(authorizeQuery(changed));
    const html = await response.text();
    expect([response.status, response.headers.get('location')]).toEqual([400, null]);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(html).toContain(shown);
  });

  test.each(['client_id', 'redirect_uri', 'state', 'code_challenge', 'prompt'])('%s twice', async (name) => {
    const response = await ask(`${authorizeQuery({ [name]: 'a' })}&${name}=b`);
    expect([response.status, response.headers.get('location')]).toEqual([400, null]);
    expect(await response.text()).toContain(`${name} twice`);
  });

  test('names the flag that would allow the redirect URI, and escapes it', async () => {
    const html = await (await ask(authorizeQuery({ redirect_uri: 'https://app.example/<b>"&' }))).text();
    expect(html).toContain('--redirect-uri https://app.example/&lt;b&gt;&quot;&amp;');
    expect(html).not.toContain('<b>');
  });
});

describe('a request with another mistake is answered at the redirect URI', () => {
  const { challenge } = pkce();
  test.each([
    ['no response_type', { response_type: undefined }, 'unsupported_response_type'],
    ['response_type=token', { response_type: 'token' }, 'unsupported_response_type'],
    ['a challenge without a method', { code_challenge: challenge }, 'invalid_request'],
    ['a method without a challenge', { code_challenge_method: 'S256' }, 'invalid_request'],
    ['plain', { code_challenge: challenge, code_challenge_method: 'plain' }, 'invalid_request'],
    ['a challenge of 42', { code_challenge: challenge.slice(1), code_challenge_method: 'S256' }, 'invalid_request'],
    ['a challenge of 44', { code_challenge: `${challenge}a`, code_challenge_method: 'S256' }, 'invalid_request'],
    [
      'a padded challenge',
      { code_challenge: `${challenge.slice(1)}=`, code_challenge_method: 'S256' },
      'invalid_request',
    ],
    ['an unknown screen', { screen_hint: 'other' }, 'invalid_request'],
    ['a screen of another provider', { screen_hint: 'sign-up', provider: 'GoogleOAuth' }, 'invalid_request'],
    ['a state of 4097', { state: 's'.repeat(4097) }, 'invalid_request'],
    ['no provider', { provider: undefined }, 'invalid_connection_selector'],
    ['an unknown provider', { provider: 'MyOAuth' }, 'invalid_connection_selector'],
    ['a connection', { connection_id: 'conn_1' }, 'connection_invalid'],
    ['a connection alone', { connection_id: 'conn_1', provider: undefined }, 'connection_invalid'],
    ['an unknown organization', { organization_id: 'org_1' }, 'organization_invalid'],
    ['an organization alone', { organization_id: 'org_1', provider: undefined }, 'organization_invalid'],
    ['prompt=none', { prompt: 'none' }, 'login_required'],
    ['prompt=login none', { prompt: 'login none' }, 'login_required'],
    ['the first of two', { response_type: 'token', prompt: 'none' }, 'unsupported_response_type'],
  ])('%s: %s', async (_, changed: Record<string, string | undefined>, error) => {
    const state = changed.state ?? 'kept';
    const response = await ask(authorizeQuery({ state, ...changed }));
    expect(response.status).toBe(302);
    expect(response.headers.get('location')?.startsWith(`${REDIRECT}?`)).toBe(true);
    const back = returned(response);
    expect({ error: back.get('error'), state: back.get('state') }).toEqual({ error, state });
    expect(back.get('error_description')).toMatch(/\S/);
    expect(server.logged.at(-1)).toMatchObject({ outcome: 'refused', reason: error });
  });
});

describe('a request that may go on shows the page', () => {
  test.each([
    'http://2130706433/cb',
    'http://127.1/cb',
    'http://0x7f.1/cb',
    'http://[::1]:5173/',
    'https://localhost:3000/cb?of=mine',
    'HTTP://LOCALHOST/cb',
  ])('for %s, as the parsed URL', async (uri) => {
    const page = await openPage(server.url, authorizeQuery({ redirect_uri: uri, state: 's' }));
    expect(page.status).toBe(200);
    const sent = await page.send({ email: 'ada@example.com' });
    expect(sent.status).toBe(303);
    const to = new URL(sent.headers.get('location') ?? '');
    const wanted = new URL(uri);
    expect([to.origin, to.pathname, to.searchParams.get('of')]).toEqual([
      wanted.origin,
      wanted.pathname,
      wanted.searchParams.get('of'),
    ]);
    expect(to.searchParams.get('code')).toMatch(/^[\w-]{43}$/);
  });

  test.each([
    ['?of=mine&other', '?of=mine&other'],
    ['?', ''],
    ['?code=evil&of=mine&state=evil&c%6fde=evil&code', '?of=mine'],
    ['?error=x&error_description=y&coder=mine&=z', '?coder=mine&=z'],
  ])('for a redirect URI with %s, of which nothing passes for an answer', async (own, kept) => {
    const uri = `${REDIRECT}${own}`;
    const page = await openPage(server.url, authorizeQuery({ redirect_uri: uri, state: 's' }));
    const sent = (await page.send({ email: 'ada@example.com' })).headers.get('location') ?? '';
    const before = kept === '' ? '?' : `${kept}&`;
    expect(sent).toMatch(/code=[\w-]{43}&state=s$/);
    expect(sent.replace(/code=[\w-]{43}&state=s$/, '')).toBe(`${REDIRECT}${before}`);
    const refused = await ask(authorizeQuery({ redirect_uri: uri, state: 's', prompt: 'none' }));
    expect(refused.headers.get('location')?.startsWith(`${REDIRECT}${before}error=login_required&`)).toBe(true);
  });

  test.each([
    '',
    'plain',
    'a\r\nSet-Cookie: b',
    '&code=other#x',
    `"'`,
    '🦄',
    '<script>alert(1)</script>',
    's'.repeat(4096),
  ])('with the state %j, which returns exactly and is not in the page', async (state) => {
    const page = await openPage(server.url, authorizeQuery({ state }));
    if (state.length > 5) expect(page.html).not.toContain(state);
    const sent = await page.send({ email: 'ada@example.com' });
    expect(returned(sent).get('state')).toBe(state);
    expect(returned(sent).getAll('code')).toHaveLength(1);
  });

  test('with parameters that mean nothing here', async () => {
    const page = await openPage(
      server.url,
      authorizeQuery({ domain_hint: 'x', max_age: '0', prompt: 'login', own: 'y' }),
    );
    expect(page.status).toBe(200);
  });

  test('with the address of login_hint in its field, and that user first', async () => {
    for (const email of ['first@example.com', 'second@example.com', 'third@example.com']) server.mint({ email });
    const { html } = await openPage(server.url, authorizeQuery({ login_hint: 'SECOND@example.com' }));
    expect(html).toContain('value="SECOND@example.com"');
    expect([...html.matchAll(/Continue as <bdi>([^<]*)/g)][0]?.[1]).toBe('second@example.com');
  });

  test('with the form first that screen_hint names', async () => {
    const heading = async (screen: string) =>
      /<h1>([^<]*)/.exec((await openPage(server.url, authorizeQuery({ screen_hint: screen }))).html)?.[1];
    expect([await heading('sign-in'), await heading('sign-up')]).toEqual(['Sign in', 'Sign up']);
  });
});

describe('--redirect-uri', () => {
  test.each([
    ['http://localhost:3000/callback', 'http://localhost:3000/callback', true],
    ['http://localhost:3000/callback', 'http://localhost:3000/callback?x=1', false],
    ['http://localhost:3000/callback', 'http://localhost:3000/callback/', false],
    ['http://localhost:3000/callback', 'http://localhost:3001/callback', false],
    ['http://localhost:3000/callback', 'http://127.0.0.1:3000/callback', false],
    ['http://localhost:3000/callback', 'https://localhost:3000/callback', false],
    ['http://localhost:*/callback', 'http://localhost:3001/callback', true],
    ['http://localhost:*/callback', 'http://localhost/callback', true],
    ['http://localhost:*/callback', 'http://localhost:3001/other', false],
    ['https://*.preview.example/callback', 'https://pr-7.preview.example/callback', true],
    ['https://*.preview.example/callback', 'https://preview.example/callback', false],
    ['https://*.preview.example/callback', 'https://a.b.preview.example/callback', false],
    ['https://*.preview.example/callback', 'https://evilpreview.example/callback', false],
    ['https://*.preview.example/callback', 'https://pr-7.preview.example:444/callback', false],
    ['myapp://callback', 'myapp://callback', true],
    ['myapp://callback', 'myapp://other', false],
    ['com.example.app:/oauth', 'com.example.app:/oauth', true],
  ])('%s and %s: %s', async (allowed, uri, is) => {
    await using other = await testServer({ 'redirect-uri': [allowed] });
    const response = await fetch(`${other.url}/user_management/authorize?${authorizeQuery({ redirect_uri: uri })}`);
    expect(response.status).toBe(is ? 200 : 400);
  });
});

describe('the path of the page', () => {
  test.each(['PUT', 'DELETE', 'TRACE', 'PATCH'])('refuses %s in the form of WorkOS', async (method) => {
    for (const [target, allow] of [
      ['/user_management/authorize', 'GET, HEAD, POST'],
      ['/user_management/authenticate', 'POST'],
      ['/user_management/sessions/logout', 'GET, HEAD'],
    ] as const) {
      const answer = await rawRequest(server.running.port, { method, target });
      expect([answer.status, answer.headers.get('allow'), answer.body.code]).toEqual([
        405,
        allow,
        'method_not_allowed',
      ]);
    }
  });

  test.each([
    '/user_management/authorize/',
    '/%2Fuser_management',
    '//user_management/x',
    '/user_management',
    '/sso/x',
    '/organizations/org_1/x',
  ])('%s is unknown, in the form of WorkOS', async (target) => {
    const answer = await rawRequest(server.running.port, { target });
    expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
  });
});

test('nothing of a query is in the log', async () => {
  await ask(
    authorizeQuery({ state: 'canary-state', login_hint: 'canary@example.com', redirect_uri: 'http://canary.example/' }),
  );
  expect(JSON.stringify(server.logged)).not.toContain('canary');
});

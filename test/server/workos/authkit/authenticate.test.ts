/** `POST /user_management/authenticate`: what each grant gets. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LOCAL_API_KEY, LOCAL_CLIENT_ID, WORKOS_ISSUER } from '../../../../src/machine/settings.ts';
import { assertMatchesContract } from '../../../support/contract.ts';
import { type TestServer, testServer } from '../../../support/server.ts';
import { authenticate, codeFor, exchange, type GrantAnswer, pkce, refresh } from '../../../support/sign-in.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const PATH = '/user_management/authenticate';
const CODE = { grant_type: 'authorization_code' };
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
const told = ({ status, body }: GrantAnswer) => [status, body.error ?? body.code ?? body.message];

function expectRefused(answer: GrantAnswer, error: string, status = 400): void {
  assertMatchesContract('POST', PATH, answer);
  expect(told(answer)).toEqual([status, error]);
}

async function withChallenge() {
  const { verifier, challenge } = pkce();
  const parameters = { code_challenge: challenge, code_challenge_method: 'S256' };
  return { verifier, code: await codeFor(server.url, 'ada@example.com', parameters) };
}

describe('an answer', () => {
  test('has the user, the tokens and the method, and the claims of AuthKit', async () => {
    const before = Date.now();
    const answer = await exchange(server.url, await codeFor(server.url));
    assertMatchesContract('POST', PATH, answer);
    expect(Object.keys(answer.body)).toEqual(['user', 'access_token', 'refresh_token', 'authentication_method']);
    expect(answer.body.authentication_method).toBe('Password');
    expect(answer.body.user).toMatchObject({ email: 'ada@example.com', email_verified: true, external_id: null });
    expect(Date.parse(answer.body.user.last_sign_in_at)).toBeGreaterThanOrEqual(before);
    const claims = claimsOf(answer.body.access_token);
    expect(claims).toEqual({
      iss: WORKOS_ISSUER,
      sub: answer.body.user.id,
      sid: expect.stringMatching(/^session_[0-9A-HJKMNP-TV-Z]{26}$/),
      jti: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/),
      client_id: LOCAL_CLIENT_ID,
      iat: claims.exp - 300,
      exp: expect.any(Number),
      auth_time: expect.any(Number),
    });
    const next = await refresh(server.url, answer.body.refresh_token);
    const { sid, jti, auth_time } = claimsOf(next.body.access_token);
    expect([sid, auth_time, jti === claims.jti]).toEqual([claims.sid, claims.auth_time, false]);
  });

  test('names the provider that was asked for', async () => {
    const code = await codeFor(server.url, 'ada@example.com', { provider: 'GitHubOAuth' });
    expect((await exchange(server.url, code)).body.authentication_method).toBe('GitHubOAuth');
  });

  test('comes to a form as to JSON', async () => {
    const fields = {
      ...CODE,
      client_id: LOCAL_CLIENT_ID,
      client_secret: LOCAL_API_KEY,
      code: await codeFor(server.url),
    };
    const response = await fetch(`${server.url}${PATH}`, { method: 'POST', body: new URLSearchParams(fields) });
    expect(response.status).toBe(200);
  });
});

describe('a code', () => {
  test('works once, with the log saying so', async () => {
    const code = await codeFor(server.url);
    expect((await exchange(server.url, code)).status).toBe(200);
    expectRefused(await exchange(server.url, code), 'invalid_grant');
    expect(server.logged.slice(-2)).toMatchObject([
      { outcome: 'exchanged', user: expect.stringMatching(/^user_/) },
      { outcome: 'refused', reason: 'invalid_grant' },
    ]);
  });

  test.each([
    ['with a blank', (code: string) => ` ${code}`],
    ['with a trailing =', (code: string) => `${code}=`],
    ['cut', (code: string) => code.slice(1)],
    ['invented', () => 'x'.repeat(43)],
    ['of 10 KB', () => 'x'.repeat(10_000)],
  ])('%s is refused, and stays good', async (_, change) => {
    const code = await codeFor(server.url);
    const answer = await exchange(server.url, change(code));
    expectRefused(answer, 'invalid_grant');
    expect(answer.body.error_description).toMatch(/^The code '.*' has expired or is invalid\.$/);
    expect((await exchange(server.url, code)).status).toBe(200);
  });

  test.each([
    ['no verifier', () => ({})],
    ['another verifier', () => ({ code_verifier: pkce().verifier })],
    ['a verifier of 42', () => ({ code_verifier: 'v'.repeat(42) })],
    ['a verifier of 129', () => ({ code_verifier: 'v'.repeat(129) })],
  ])('with a challenge and %s is refused, and stays good', async (_, more) => {
    const { code, verifier } = await withChallenge();
    expectRefused(await exchange(server.url, code, more()), 'invalid_grant');
    expect((await exchange(server.url, code, { code_verifier: verifier })).status).toBe(200);
  });

  test('is not exchanged for its own challenge as the verifier', async () => {
    const { verifier, challenge } = pkce();
    const parameters = { code_challenge: challenge, code_challenge_method: 'S256' };
    const code = await codeFor(server.url, 'ada@example.com', parameters);
    expectRefused(await exchange(server.url, code, { code_verifier: challenge }), 'invalid_grant');
    expect((await exchange(server.url, code, { code_verifier: verifier })).status).toBe(200);
  });

  test('without a challenge takes no verifier', async () => {
    const code = await codeFor(server.url);
    expectRefused(await exchange(server.url, code, { code_verifier: pkce().verifier }), 'code_challenge_not_found');
  });

  test('lives ten minutes by the stored times, whatever the clock does meanwhile', async () => {
    await using other = await testServer();
    const at = Date.now();
    other.setClock(at);
    const [early, kept, late] = [await codeFor(other.url), await codeFor(other.url), await codeFor(other.url)];
    other.setClock(at - 3_600_000);
    expect((await exchange(other.url, early)).status).toBe(200);
    other.setClock(at + 599_999);
    expect((await exchange(other.url, kept)).status).toBe(200);
    other.setClock(at + 600_000);
    expect(told(await exchange(other.url, late))).toEqual([400, 'invalid_grant']);
  });

  test('that was made for another client is refused, as is its refresh token', async () => {
    let other = await testServer();
    const token = (await exchange(other.url, await codeFor(other.url))).body.refresh_token;
    const code = await codeFor(other.url);
    const client_id = 'client_01K9ANOTHER00000000000000';
    other = await other.restart({ 'client-id': client_id });
    expectRefused(await exchange(other.url, code), 'invalid_client');
    expectRefused(await exchange(other.url, code, { client_id }), 'invalid_grant');
    expectRefused(await refresh(other.url, token, { client_id }), 'invalid_grant');
    await other[Symbol.asyncDispose]();
  });

  test('of a user who was removed meanwhile is refused', async () => {
    const code = await codeFor(server.url, 'leaving@example.com');
    server.users.remove(server.users.findByEmail('leaving@example.com')?.id ?? '');
    expectRefused(await exchange(server.url, code), 'invalid_grant');
  });
});

describe('a client', () => {
  test.each([
    ['another client_id', { client_id: 'client_other' }, {}, 400, 'invalid_client'],
    ['no client_id', { client_id: undefined }, {}, 400, 'invalid_request'],
    ['a secret wrong by a character', { client_secret: 'sk_test_locam' }, {}, 400, 'invalid_client'],
    ['an empty secret', { client_secret: '' }, {}, 400, 'invalid_client'],
    ['a long secret', { client_secret: LOCAL_API_KEY.repeat(9) }, {}, 400, 'invalid_client'],
    ['a secret that is no text', { client_secret: 1 }, {}, 400, 'invalid_client'],
    ['no secret and no verifier', { client_secret: undefined }, {}, 400, 'invalid_client'],
    ['a wrong Bearer', {}, { authorization: 'Bearer sk_test_other' }, 401, 'Unauthorized'],
    ['another scheme', {}, { authorization: `Basic ${LOCAL_API_KEY}` }, 401, 'Unauthorized'],
    [
      'a right Bearer and a wrong secret',
      { client_secret: 'x' },
      { authorization: `Bearer ${LOCAL_API_KEY}` },
      400,
      'invalid_client',
    ],
  ] as const)('with %s is refused, and the code stays good', async (_, members, headers, status, error) => {
    const code = await codeFor(server.url);
    expectRefused(await authenticate(server.url, { ...CODE, code, ...members }, headers), error, status);
    expect((await exchange(server.url, code)).status).toBe(200);
  });

  test('with the key as Bearer needs no secret in the body', async () => {
    const members = { ...CODE, code: await codeFor(server.url), client_secret: undefined };
    const answer = await authenticate(server.url, members, { authorization: `Bearer ${LOCAL_API_KEY}` });
    expect(answer.status).toBe(200);
  });

  test('without a secret has PKCE alone, and refreshes without it', async () => {
    const { code, verifier } = await withChallenge();
    const open = { client_secret: undefined };
    const first = await exchange(server.url, code, { ...open, code_verifier: verifier });
    expect(first.status).toBe(200);
    expect((await refresh(server.url, first.body.refresh_token, open)).status).toBe(200);
  });

  test('that began with the secret goes on with it', async () => {
    const { code, verifier } = await withChallenge();
    const first = await exchange(server.url, code, { code_verifier: verifier });
    const answer = await refresh(server.url, first.body.refresh_token, { client_secret: undefined });
    expectRefused(answer, 'invalid_client');
    expect((await refresh(server.url, first.body.refresh_token)).status).toBe(200);
  });
});

describe('a request that cannot be read', () => {
  const JSON_TYPE = 'application/json';
  test.each([
    ['an array', JSON_TYPE, '[]'],
    ['null', JSON_TYPE, 'null'],
    ['a text', JSON_TYPE, '"x"'],
    ['no JSON', JSON_TYPE, '{'],
    ['nothing', JSON_TYPE, ''],
    ['a member twice', JSON_TYPE, '{"grant_type":"refresh_token","grant_type":"refresh_token"}'],
    ['a field twice', 'application/x-www-form-urlencoded', 'grant_type=refresh_token&grant_type=refresh_token'],
    ['another type', 'text/plain', '{}'],
    ['multipart', 'multipart/form-data; boundary=x', '--x--'],
  ])('%s is an invalid request', async (_, type, body) => {
    const response = await fetch(`${server.url}${PATH}`, { method: 'POST', headers: { 'content-type': type }, body });
    const text = await response.text();
    expectRefused(
      { status: response.status, headers: response.headers, text, body: JSON.parse(text) },
      'invalid_request',
    );
  });

  test.each([
    ['no grant', { grant_type: undefined }],
    ['a grant that is no text', { grant_type: 1 }],
    ['an unknown grant', { grant_type: 'implicit' }],
    ['a grant of every object', { grant_type: 'constructor' }],
    ['no code', CODE],
    ['a code that is no text', { ...CODE, code: 1 }],
    ['a verifier that is no text', { ...CODE, code: 'x', code_verifier: ['x'] }],
    ['no refresh token', { grant_type: 'refresh_token' }],
    ['a refresh token that is no text', { grant_type: 'refresh_token', refresh_token: {} }],
  ])('%s is an invalid request', async (_, members) => {
    expectRefused(await authenticate(server.url, members), 'invalid_request');
  });

  test('of more than 16 KB is too large', async () => {
    const answer = await authenticate(server.url, { ...CODE, code: 'x'.repeat(17_000) });
    assertMatchesContract('POST', PATH, answer);
    expect(told(answer)).toEqual([413, 'payload_too_large']);
  });
});

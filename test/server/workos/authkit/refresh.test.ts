/** Refresh tokens: each is exchanged once, and the same request again gets the same answer for a while. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { query } from '../../../support/database.ts';
import { type TestServer, testServer } from '../../../support/server.ts';
import { codeFor, exchange, refresh } from '../../../support/sign-in.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const GRACE_MS = 30_000;
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
const signedIn = async (on = server, email = 'ada@example.com'): Promise<string> =>
  (await exchange(on.url, await codeFor(on.url, email))).body.refresh_token;

describe('the same token again', () => {
  test('gets the same bytes within the grace, and nothing after it; the session lives on', async () => {
    const at = Date.now();
    server.setClock(at);
    const token = await signedIn();
    const first = await refresh(server.url, token);
    server.setClock(at + GRACE_MS - 1);
    expect((await refresh(server.url, token)).text).toBe(first.text);
    expect(server.logged.at(-1)).toMatchObject({ outcome: 'refresh_repeated' });
    server.setClock(at + GRACE_MS);
    const late = await refresh(server.url, token);
    expect([late.status, late.body]).toEqual([
      400,
      { error: 'invalid_grant', error_description: 'Refresh token already exchanged.' },
    ]);
    expect((await refresh(server.url, first.body.refresh_token)).status).toBe(200);
    server.setClock(undefined);
  });

  test('gets nothing once its successor has been exchanged, nor does any older token', async () => {
    const tokens = [await signedIn()];
    for (let times = 0; times < 3; times++)
      tokens.push((await refresh(server.url, tokens.at(-1) as string)).body.refresh_token);
    for (const old of tokens.slice(0, 2)) expect((await refresh(server.url, old)).body.error).toBe('invalid_grant');
    const [kept] = await Promise.all([refresh(server.url, tokens[2] as string)]);
    expect(kept?.body.refresh_token).toBe(tokens[3]);
  });

  test('gets nothing with --refresh-grace 0s', async () => {
    await using strict = await testServer({ 'refresh-grace': '0s' });
    const token = await signedIn(strict);
    expect((await refresh(strict.url, token)).status).toBe(200);
    expect((await refresh(strict.url, token)).body.error).toBe('invalid_grant');
  });

  test('gets the same bytes after a restart', async () => {
    let running = await testServer();
    const token = await signedIn(running);
    const first = await refresh(running.url, token);
    running = await running.restart();
    expect((await refresh(running.url, token)).text).toBe(first.text);
    await running[Symbol.asyncDispose]();
  });

  test('leaves no answer behind after the grace', async () => {
    await using other = await testServer();
    other.setClock(Date.now() - 2 * GRACE_MS);
    await refresh(other.url, await signedIn(other));
    const kept = () => query(other.paths.users, 'SELECT count(*) AS n FROM refresh_tokens WHERE answer IS NOT NULL');
    expect(kept()).toEqual([{ n: 1 }]);
    await using _ = await other.restart();
    await expect.poll(kept).toEqual([{ n: 0 }]);
  });
});

describe('a refresh', () => {
  test('with an organization that is not the user’s is refused, and the token is not spent', async () => {
    const token = await signedIn();
    const answer = await refresh(server.url, token, { organization_id: 'org_other' });
    expect([answer.status, answer.body.code, answer.body.error]).toEqual([
      400,
      'organization_membership_not_found',
      'organization_membership_not_found',
    ]);
    expect((await refresh(server.url, token)).status).toBe(200);
  });

  test('reads the user again', async () => {
    const token = await signedIn(server, 'old@example.com');
    const { id } = server.users.findByEmail('old@example.com') ?? { id: '' };
    server.users.changeEmail(id, 'new@example.com', new Date().toISOString());
    expect((await refresh(server.url, token)).body.user.email).toBe('new@example.com');
  });

  test('of a user who was removed is refused', async () => {
    const token = await signedIn(server, 'leaving@example.com');
    server.users.remove(server.users.findByEmail('leaving@example.com')?.id ?? '');
    expect((await refresh(server.url, token)).body.error).toBe('invalid_grant');
  });

  test('of an unknown token is refused', async () => {
    expect((await refresh(server.url, 'x'.repeat(43))).body.error).toBe('invalid_grant');
  });

  test('ends with the session, thirty days after the sign-in', async () => {
    await using other = await testServer();
    const at = Date.now();
    other.setClock(at);
    const token = await signedIn(other);
    other.setClock(at + 30 * 86_400_000 - 1);
    const { body } = await refresh(other.url, token);
    other.setClock(at + 30 * 86_400_000);
    expect((await refresh(other.url, body.refresh_token)).body.error).toBe('invalid_grant');
  });
});

test('the lifetimes of flags are those of tokens and sessions', async () => {
  await using other = await testServer({ 'access-token-lifetime': '12s', 'session-lifetime': '1m' });
  const at = Date.now();
  other.setClock(at);
  const { body } = await exchange(other.url, await codeFor(other.url));
  const { iat, exp } = claimsOf(body.access_token);
  expect(exp - iat).toBe(12);
  other.setClock(at + 60_000);
  expect((await refresh(other.url, body.refresh_token)).body.error).toBe('invalid_grant');
});

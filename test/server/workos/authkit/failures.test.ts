/** Sign-ins that fail on purpose, and what the SDKs make of each. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as version10 from '@workos-inc/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as version11 from 'workos-node-11';
import { LOCAL_API_KEY, LOCAL_CLIENT_ID } from '../../../../src/machine/settings.ts';
import { SIGN_IN_FAILURES } from '../../../../src/workos/authkit/sign-in-failures.ts';
import { assertMatchesContract } from '../../../support/contract.ts';
import { temporaryDirectory } from '../../../support/directory.ts';
import { type TestServer, testServer } from '../../../support/server.ts';
import {
  authenticate,
  authorizeQuery,
  exchange,
  openPage,
  REDIRECT,
  refresh,
  returned,
  shownPage,
} from '../../../support/sign-in.ts';

const NAMES = [...SIGN_IN_FAILURES.map(({ name }) => name), 'token:expired'];

const directory = temporaryDirectory();
const SEED = join(directory.path, 'seed.yaml');
const emailOf = (name: string) => `${name.replace(':', '-')}@example.com`;
writeFileSync(
  SEED,
  `users:\n${NAMES.map((name) => `  - { email: ${emailOf(name)}, sign_in: "${name}", password: correct horse }`).join('\n')}\n`,
);

let server: TestServer;
beforeAll(async () => {
  server = await testServer({ seed: SEED });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

/** Chosen on the page, and by the seed. */
const WAYS = {
  'on the page': async (failure: string) => {
    const page = await openPage(server.url, authorizeQuery({ state: 'kept' }));
    return page.send({ failing: 'ada@example.com', failure });
  },
  'by a seed': async (failure: string) => {
    const page = await openPage(server.url, authorizeQuery({ state: 'kept' }));
    return page.send({ email: emailOf(failure) });
  },
};

async function exchanged(response: Response) {
  const code = returned(response).get('code') ?? '';
  const answer = await exchange(server.url, code);
  assertMatchesContract('POST', '/user_management/authenticate', answer);
  return { code, ...answer };
}

async function refreshed(response: Response) {
  const { body, status } = await exchanged(response);
  expect(status).toBe(200);
  const answer = await refresh(server.url, body.refresh_token);
  assertMatchesContract('POST', '/user_management/authenticate', answer);
  return { token: body.refresh_token, ...answer };
}

describe.each(Object.entries(WAYS))('chosen %s', (_, send) => {
  test.each([
    ['denied', 'access_denied'],
    ['provider-failed', 'oauth_failed'],
    ['server-error', 'server_error'],
  ])('%s comes back as an error', async (name, error) => {
    const back = returned(await send(name));
    expect([back.get('error'), back.get('state'), back.get('code')]).toEqual([error, 'kept', null]);
  });

  test('wrong-state comes back with another state', async () => {
    const back = returned(await send('wrong-state'));
    expect([back.getAll('state'), back.get('code')]).toEqual([['changed-on-purpose'], expect.any(String)]);
  });

  test('no-code comes back without one', async () => {
    const back = returned(await send('no-code'));
    expect([back.get('state'), back.has('code'), back.has('error')]).toEqual(['kept', false, false]);
  });

  test('expired-code is refused at the exchange', async () => {
    expect(await exchanged(await send('expired-code'))).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
  });

  test('session-ended signs in, and ends at the first refresh', async () => {
    const answer = await refreshed(await send('session-ended'));
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  test.each([
    ['sso-required', 'sso_required'],
    ['mfa-enrollment', 'mfa_enrollment'],
  ])('%s signs in, and is asked for at each refresh', async (name, code) => {
    const answer = await refreshed(await send(name));
    expect(answer).toMatchObject({ status: 403, body: { code } });
    expect((await refresh(server.url, answer.token)).status).toBe(403);
  });

  test.each([
    ['rate-limited', 429, 'rate_limit_exceeded'],
    ['unavailable', 503, 'service_unavailable'],
  ])('%s is answered with %i each time, and the code stays good', async (name, status, code) => {
    const answer = await exchanged(await send(name));
    expect(answer).toMatchObject({ status, body: { code } });
    expect(answer.headers.get('retry-after')).toBe('1');
    expect((await exchange(server.url, answer.code)).status).toBe(status);
  });

  test('unavailable-once is answered well the second time', async () => {
    const answer = await exchanged(await send('unavailable-once'));
    expect(answer.status).toBe(503);
    expect((await exchange(server.url, answer.code)).status).toBe(200);
  });

  test('unverified asks for a verification that the pending token does', async () => {
    const answer = await exchanged(await send('unverified'));
    expect(answer).toMatchObject({ status: 403, body: { code: 'email_verification_required' } });
    const verified = await authenticate(server.url, {
      grant_type: 'urn:workos:oauth:grant-type:email-verification:code',
      pending_authentication_token: answer.body.pending_authentication_token,
      code: server.mails.at(-1)?.code,
    });
    expect(verified.status).toBe(200);
  });

  test('a fault of the token comes with the sign-in and with each refresh, and the callback refuses it', async () => {
    const { body } = await exchanged(await send('token:expired'));
    const next = await refresh(server.url, body.refresh_token);
    for (const token of [body.access_token, next.body.access_token])
      expect((await server.post(token)).body.error.reason).toBe('expired');
  });
});

test('the log says what came of each, and there is no bug', () => {
  expect(server.bugs).toEqual([]);
  const refused = server.logged.filter(({ outcome }) => outcome === 'refused').map(({ reason }) => reason);
  expect(new Set(refused)).toEqual(
    new Set([
      'oauth_failed',
      'server_error',
      'invalid_grant',
      'sso_required',
      'mfa_enrollment',
      'rate_limit_exceeded',
      'email_verification_required',
      'expired',
    ]),
  );
});

describe('a sign-in without a page', () => {
  const byPassword = (name: string) =>
    authenticate(server.url, { grant_type: 'password', email: emailOf(name), password: 'correct horse' });

  test('fails as the seed says', async () => {
    expect((await byPassword('rate-limited')).status).toBe(429);
    expect((await byPassword('unverified')).body.code).toBe('email_verification_required');
    for (let round = 0; round < 2; round++) {
      expect((await byPassword('unavailable-once')).status).toBe(503);
      expect((await byPassword('unavailable-once')).status).toBe(200);
    }
    const { body } = await byPassword('session-ended');
    expect((await refresh(server.url, body.refresh_token)).body.error).toBe('invalid_grant');
  });

  test('of a headless browser fails as the seed says', async () => {
    const flags = { seed: SEED, 'redirect-uri': [REDIRECT], 'sign-in-as': emailOf('denied') };
    await using silent = await testServer(flags);
    const response = await fetch(`${silent.url}/user_management/authorize?${authorizeQuery()}`, { redirect: 'manual' });
    expect(returned(response).get('error')).toBe('access_denied');
  });
});

test('the page offers every failure and every fault, and no other is taken', async () => {
  const page = await openPage(server.url);
  const offered = [...page.html.matchAll(/<option value="([^"]*)"/g)].map(([, name]) => name);
  expect(offered).toEqual(expect.arrayContaining(NAMES));
  for (const failure of ['', 'unheard-of', 'token:unheard-of', 'token:', 'constructor']) {
    const again = await page.send({ failing: 'ada@example.com', failure });
    expect([again.status, await again.text()]).toEqual([400, expect.stringContaining('cannot fail in this way')]);
  }
  const bad = await shownPage(page.url, await page.send({ failing: 'ada', failure: 'denied' }), page.cookie);
  expect(bad.html).toMatch(/<details open>[\s\S]*id="failing"[^>]*aria-invalid="true"[^>]*autofocus/);
});

test('the documentation has every failure, and what a dashboard meets', () => {
  const page = readFileSync(new URL('../../../../docs/signing-in.md', import.meta.url), 'utf8').replaceAll('`', '');
  for (const { name, meets } of SIGN_IN_FAILURES) expect(page).toContain(`| ${name} | ${meets} |`);
});

test('a failure goes along through the steps between', async () => {
  const page = await openPage(server.url, authorizeQuery({ screen_hint: 'sign-up' }));
  await page.send({ create: 'yes', new_email: 'steps@example.com', unverified: 'yes' });
  const code = await shownPage(
    page.url,
    await page.send({ failing: 'steps@example.com', failure: 'no-code' }),
    page.cookie,
  );
  expect(code.html).toContain('Verify your address');
  const back = returned(await code.send({ code: server.mails.at(-1)?.code ?? '' }));
  expect(back.has('code')).toBe(false);
});

describe.each([
  ['10', version10],
  ['11', version11],
] as const)('@workos-inc/node %s meets', (_, { WorkOS }) => {
  const sdk = () =>
    new WorkOS(LOCAL_API_KEY, {
      apiHostname: '127.0.0.1',
      port: server.running.port,
      https: false,
      clientId: LOCAL_CLIENT_ID,
    }).userManagement;
  const code = async (name: string) => returned(await WAYS['on the page'](name)).get('code') ?? '';
  const thrown = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);

  test.each([
    ['expired-code', { name: 'OauthException', error: 'invalid_grant' }],
    ['rate-limited', { name: 'RateLimitExceededException', retryAfter: 1 }],
    ['unverified', { name: 'AuthenticationException', code: 'email_verification_required' }],
  ])('%s at the exchange', async (name, error) => {
    expect(await thrown(sdk().authenticateWithCode({ code: await code(name) }))).toMatchObject(error);
  });

  test.each([
    ['session-ended', { name: 'OauthException', error: 'invalid_grant' }],
    ['sso-required', { name: 'AuthenticationException', code: 'sso_required' }],
    ['mfa-enrollment', { name: 'AuthenticationException', code: 'mfa_enrollment' }],
  ])('%s at the refresh', async (name, error) => {
    const { refreshToken } = await sdk().authenticateWithCode({ code: await code(name) });
    expect(await thrown(sdk().authenticateWithRefreshToken({ refreshToken }))).toMatchObject(error);
  });

  test('nothing of an exchange that is unavailable once', async () => {
    const answer = await sdk().authenticateWithCode({ code: await code('unavailable-once') });
    expect(answer.user.email).toBe('ada@example.com');
  });
});

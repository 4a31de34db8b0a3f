/** Devices that a person signs in on another screen (RFC 8628). */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LOCAL_API_KEY, LOCAL_CLIENT_ID } from '../../../../src/machine/settings.ts';
import { newUser } from '../../../../src/workos/users.ts';
import { assertMatchesContract } from '../../../support/contract.ts';
import { query } from '../../../support/database.ts';
import { type TestServer, testServer } from '../../../support/server.ts';
import { authenticate, refresh, type ShownPage, shownPage } from '../../../support/sign-in.ts';

const SEED = fileURLToPath(new URL('organizations.seed.yaml', import.meta.url));
const DEVICE = '/user_management/authorize/device';

let server: TestServer;
beforeAll(async () => {
  server = await testServer({ seed: SEED });
});
afterAll(() => server[Symbol.asyncDispose]());

interface Codes {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly verification_uri_complete: string;
}

async function begin(at = server, body: string | URLSearchParams = JSON.stringify({ client_id: LOCAL_CLIENT_ID })) {
  const headers = typeof body === 'string' ? { 'content-type': 'application/json' } : undefined;
  const response = await fetch(`${at.url}${DEVICE}`, { method: 'POST', body, ...(headers && { headers }) });
  // biome-ignore lint/suspicious/noExplicitAny: the body of an answer is whatever the test says it is
  const answered: any = await response.json();
  assertMatchesContract('POST', DEVICE, { status: response.status, headers: response.headers, body: answered });
  return { status: response.status, body: answered };
}

/** As a device polls: without a secret. */
async function poll({ device_code }: Codes, at = server, more: object = { client_secret: undefined }) {
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
  const answer = await authenticate(at.url, { grant_type, device_code, ...more });
  assertMatchesContract('POST', '/user_management/authenticate', answer);
  return answer;
}

async function open(url: string, cookie?: string): Promise<ShownPage> {
  return shownPage(url, await fetch(url, cookie === undefined ? {} : { headers: { cookie } }), cookie);
}

test('a device gets its codes, by JSON and by a form', async () => {
  for (const body of [undefined, new URLSearchParams({ client_id: LOCAL_CLIENT_ID })]) {
    const { status, body: codes } = await begin(server, body);
    expect([status, codes.expires_in, codes.interval]).toEqual([200, 300, 5]);
    expect(codes.user_code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
    expect(codes.verification_uri).toBe(`${server.url}/device`);
    expect(codes.verification_uri_complete).toBe(`${server.url}/device?user_code=${codes.user_code}`);
  }
});

test.each([
  ['another client', JSON.stringify({ client_id: 'client_other' }), 'invalid_client'],
  ['a wrong secret', JSON.stringify({ client_id: LOCAL_CLIENT_ID, client_secret: 'x' }), 'invalid_client'],
  ['no client', '{}', 'invalid_request'],
  ['no object', '[]', 'invalid_request'],
])('%s gets none', async (_, body, error) => {
  const { status, body: answered } = await begin(server, body);
  expect([status, answered.error]).toEqual([400, error]);
});

describe('a person', () => {
  test('types the code as they like, compares it, and signs the device in once', async () => {
    const { body: codes } = await begin();
    const asked = await open(codes.verification_uri);
    expect([asked.status, asked.html]).toEqual([200, expect.stringContaining('Enter the code that the device shows')]);
    const typed = ` ${codes.user_code.toLowerCase().replace('-', '')} `;
    const page = await open(`${codes.verification_uri}?user_code=${encodeURIComponent(typed)}`);
    expect(page.html).toContain(`<output>${codes.user_code}</output>`);
    expect(page.headers.get('set-cookie')).toContain('Path=/device;');
    expect((await poll(codes)).body.error).toBe('authorization_pending');
    const done = await page.send({ user: 'user_bob' });
    expect([done.status, await done.text()]).toEqual([200, expect.stringContaining('The device is signed in')]);
    expect(server.logged.at(-1)).toMatchObject({ path: '/device', outcome: 'signed_in', user: 'user_bob' });
    const answer = await poll(codes);
    expect(answer.body).toMatchObject({ user: { id: 'user_bob' }, organization_id: 'org_analytical' });
    expect(server.logged.at(-1)).toMatchObject({ outcome: 'exchanged', user: 'user_bob' });
    expect((await poll(codes)).body.error).toBe('invalid_grant');
    expect((await refresh(server.url, answer.body.refresh_token, { client_secret: undefined })).status).toBe(200);
    expect((await page.send({ user: 'user_bob' })).status).toBe(400);
  });

  test('chooses an organization, or verifies the address, on the way', async () => {
    server.users.add({ ...newUser('user_new', 'new@example.com', '2026-01-01T00:00:00.000Z'), email_verified: false });
    for (const [user, step] of [
      ['user_ada', { organization: 'org_difference' }],
      ['user_new', undefined],
    ] as const) {
      const { body: codes } = await begin();
      const page = await open(codes.verification_uri_complete);
      const next = await shownPage(page.url, await page.send({ user }), page.cookie);
      expect((await next.send(step ?? { code: server.mails.at(-1)?.code ?? '' })).status).toBe(200);
      expect((await poll(codes)).body.user.id).toBe(user);
    }
  });

  test('denies', async () => {
    const { body: codes } = await begin();
    const page = await open(codes.verification_uri_complete);
    const done = await page.send({ deny: 'yes' });
    expect(await done.text()).toContain('The device is not signed in');
    expect(server.logged.at(-1)).toMatchObject({ outcome: 'denied' });
    for (let count = 0; count < 2; count++) expect((await poll(codes)).body.error).toBe('access_denied');
  });

  test.each(['', 'BCDF-GHJ', 'BCDF-GHJKL', 'AEIO-UUUU', '<script>', 'x'.repeat(3000)])(
    'is asked again for the code %s',
    async (typed) => {
      const { status, html } = await open(`${server.url}/device?user_code=${encodeURIComponent(typed)}`);
      expect([status, html]).toEqual([400, expect.stringContaining('id="user_code-error"')]);
      expect(html).not.toContain('<script>"');
    },
  );

  test.each([
    ['of another site', { origin: 'http://localhost:3000' }, 403],
    ['without an origin', { origin: 'null' }, 403],
    ['of another browser', { cookie: '' }, 403],
  ])('is not signed in by a form %s', async (_, headers, status) => {
    const { body: codes } = await begin();
    const page = await open(codes.verification_uri_complete);
    expect((await page.send({ user: 'user_bob' }, headers)).status).toBe(status);
    expect((await poll(codes)).body.error).toBe('authorization_pending');
  });

  test('cannot use the form of one device for another', async () => {
    const [{ body: mine }, { body: theirs }] = [await begin(), await begin()];
    const page = await open(mine.verification_uri_complete);
    const sent = await fetch(theirs.verification_uri_complete, {
      method: 'POST',
      headers: { origin: server.url, cookie: page.cookie, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token: page.token, step: 'who', user: 'user_bob' }).toString(),
    });
    expect(sent.status).toBe(403);
    expect((await poll(theirs)).body.error).toBe('authorization_pending');
  });

  test('opens the page as a whole page only', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' };
    expect((await fetch(`${server.url}/device`, { headers })).status).toBe(403);
  });
});

describe('a poll', () => {
  test('that comes too early slows the device down by five seconds each', async () => {
    await using timed = await testServer();
    const at = Date.now();
    timed.setClock(at);
    const { body: codes } = await begin(timed);
    const told = async (seconds: number) => {
      timed.setClock(at + seconds * 1000);
      return (await poll(codes, timed)).body.error;
    };
    expect(await told(0)).toBe('authorization_pending');
    expect(await told(4.999)).toBe('slow_down');
    expect(await told(14.998)).toBe('slow_down');
    expect(await told(29.998)).toBe('authorization_pending');
    expect(await told(299.999)).toBe('authorization_pending');
    expect(await told(300)).toBe('expired_token');
    expect((await open(codes.verification_uri_complete)).status).toBe(400);
  });

  test.each([
    ['an unknown code', { device_code: 'x'.repeat(43) }, 'invalid_grant'],
    ['no code', { device_code: undefined }, 'invalid_request'],
    ['another client', { client_id: 'client_other' }, 'invalid_client'],
    ['a wrong secret', { client_secret: 'x' }, 'invalid_client'],
  ])('with %s is refused', async (_, more, error) => {
    const { body: codes } = await begin();
    const answer = await poll(codes, server, more);
    expect([answer.status, answer.body.error]).toEqual([400, error]);
  });

  test('for a user who was removed meanwhile is refused', async () => {
    server.users.add(newUser('user_gone', 'gone@example.com', '2026-01-01T00:00:00.000Z'));
    const { body: codes } = await begin();
    await (await open(codes.verification_uri_complete)).send({ user: 'user_gone' });
    server.users.remove('user_gone');
    expect((await poll(codes)).body.error).toBe('invalid_grant');
  });

  test('with the secret makes a session that goes on with it', async () => {
    const { body: codes } = await begin();
    await (await open(codes.verification_uri_complete)).send({ user: 'user_bob' });
    const { body } = await poll(codes, server, { client_secret: LOCAL_API_KEY });
    const open_ = await refresh(server.url, body.refresh_token, { client_secret: undefined });
    expect(open_.body.error).toBe('invalid_client');
  });
});

test('the codes of a device are stored as a digest, and survive a restart', async () => {
  await using first = await testServer({ seed: SEED });
  const { body: codes } = await begin(first);
  await (await open(codes.verification_uri_complete)).send({ user: 'user_bob' });
  const rows = query(first.paths.users, 'SELECT hex(hash) AS hash FROM device_authorizations');
  expect(JSON.stringify(rows)).not.toContain(codes.device_code);
  await using second = await first.restart();
  expect((await poll(codes, second)).status).toBe(200);
});

/** The page that verifies an address, between the choice of a user and the way back. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newUser } from '../../../../src/workos/users.ts';
import { type TestServer, testServer } from '../../../support/server.ts';
import {
  authorizeQuery,
  exchange,
  openPage,
  REDIRECT,
  returned,
  type ShownPage,
  shownPage,
} from '../../../support/sign-in.ts';

const SEED = fileURLToPath(new URL('organizations.seed.yaml', import.meta.url));
const AT = '2026-01-01T00:00:00.000Z';

let server: TestServer;
beforeAll(async () => {
  server = await testServer({ seed: SEED });
});
afterAll(() => server[Symbol.asyncDispose]());

let id: string;
beforeEach(() => {
  id = `user_${crypto.randomUUID()}`;
  server.users.add({ ...newUser(id, `${id}@example.com`, AT), email_verified: false });
});

async function codePage(at = server, user = id): Promise<ShownPage> {
  const page = await openPage(at.url);
  return shownPage(page.url, await page.send({ user }), page.cookie);
}
const mailed = (at = server) => at.mails.at(-1)?.code ?? '';
const other = (code: string) => (code === '000000' ? '000001' : '000000');
const again = async (page: ShownPage, fields: Record<string, string>) =>
  shownPage(page.url, await page.send(fields), page.cookie);

test('shows the mail, takes its code, and goes on', async () => {
  const page = await codePage();
  expect([page.status, page.html]).toEqual([200, expect.stringContaining('<h1>Verify your address</h1>')]);
  expect(page.html).toContain(`your code is <output>${mailed()}</output>`);
  expect(server.mails.at(-1)?.to).toBe(`${id}@example.com`);
  expect(server.logged.at(-1)).toMatchObject({ outcome: 'page' });
  const back = await page.send({ code: ` ${mailed().slice(0, 3)} ${mailed().slice(3)}` });
  const { body } = await exchange(server.url, returned(back).get('code') ?? '');
  expect(body.user).toMatchObject({ id, email_verified: true });
  const next = await openPage(server.url);
  expect((await next.send({ user: id })).status).toBe(303);
});

test('comes after a sign-up that left the address unverified', async () => {
  const page = await openPage(server.url, authorizeQuery({ screen_hint: 'sign-up' }));
  const next = await again(page, { create: 'yes', new_email: `new-${id}@example.com`, unverified: 'yes' });
  expect(next.html).toContain('Verify your address');
});

test('says what is wrong with a code at its field, five times', async () => {
  const page = await codePage();
  const code = mailed();
  for (let count = 0; count < 5; count++) {
    const wrong = await again(page, { code: other(code) });
    expect([wrong.status, wrong.html]).toEqual([400, expect.stringContaining('id="code-error">Invalid code.')]);
    expect(wrong.html).toMatch(/id="code"[^>]* aria-invalid="true" aria-describedby="code-error" autofocus/);
    expect(server.logged.at(-1)).toMatchObject({ outcome: 'page', reason: 'invalid_one_time_code' });
  }
  const late = await again(page, { code });
  expect(late.html).toContain('Too many wrong codes');
  expect(server.users.find(id)?.email_verified).toBe(false);
});

test('sends another code, and the one before is none any more', async () => {
  const page = await codePage();
  const first = mailed();
  const next = await again(page, { again: 'yes', code: '' });
  expect(next.status).toBe(200);
  if (mailed() !== first) expect((await page.send({ code: first })).status).toBe(400);
  expect((await next.send({ code: mailed() })).status).toBe(303);
});

test('can be denied, and can be sent again after the way back', async () => {
  const page = await codePage();
  expect(returned(await page.send({ deny: 'yes' })).get('error')).toBe('access_denied');
  const code = mailed();
  expect((await page.send({ code })).status).toBe(303);
  // Back and Continue: the address is verified by now.
  expect((await page.send({ code })).status).toBe(303);
});

test('comes before the choice of an organization', async () => {
  const ada = server.users.find('user_ada');
  await fetch(`${server.url}/user_management/users/user_ada`, {
    method: 'PUT',
    headers: { authorization: 'Bearer sk_test_local', 'content-type': 'application/json' },
    body: JSON.stringify({ email_verified: false }),
  });
  expect(ada?.email_verified).toBe(true);
  const page = await codePage(server, 'user_ada');
  const next = await again(page, { code: mailed() });
  expect(next.html).toContain('Choose <bdi>Difference Works</bdi>');
  expect((await next.send({ organization: 'org_difference' })).status).toBe(303);
});

test('is shown by a sign-in without a click too', async () => {
  await using silent = await testServer({ 'redirect-uri': [REDIRECT], 'sign-in-as': 'ada@example.com' });
  silent.users.add({ ...newUser('user_late', 'late@example.com', AT), email_verified: false });
  const page = await openPage(silent.url, authorizeQuery({ login_hint: 'late@example.com' }));
  expect([page.status, page.html]).toEqual([200, expect.stringContaining('Verify your address')]);
  expect((await page.send({ code: mailed(silent) })).status).toBe(303);
});

describe('a form of this step', () => {
  test.each([
    ['for another user', { user: 'user_bob' }],
    ['of another step', { step: 'organization' }],
    ['with a failure that the page did not have', { failure: 'denied' }],
  ])('%s is refused', async (_, fields) => {
    const page = await codePage();
    expect((await page.send({ code: mailed(), ...fields })).status).toBe(403);
  });

  test('lives ten minutes, as its code does', async () => {
    await using timed = await testServer();
    const at = Date.now();
    timed.setClock(at);
    timed.users.add({ ...newUser('user_t', 't@example.com', AT), email_verified: false });
    const page = await codePage(timed, 'user_t');
    timed.setClock(at + 600_000);
    expect((await page.send({ code: mailed(timed) })).status).toBe(403);
    timed.setClock(at + 599_999);
    expect((await page.send({ code: mailed(timed) })).status).toBe(303);
  });
});

/** What the page of the sign-in shows, and what its forms do. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newUser } from '../../../../src/workos/users.ts';
import { execute } from '../../../support/database.ts';
import { type TestServer, testServer } from '../../../support/server.ts';
import { authorizeQuery, openPage, returned, shownPage } from '../../../support/sign-in.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const AT = '2026-01-01T00:00:00.000Z';
const buttons = (html: string) => [...html.matchAll(/Continue as <bdi>([^<]*)/g)].map(([, email]) => email);
const users = () => server.users.list({ limit: 100 }).users;

describe('a form', () => {
  test('signs a known user in, by the button or by the address in any case', async () => {
    server.users.add(newUser('user_known', 'known@example.com', AT));
    const page = await openPage(server.url);
    expect(buttons(page.html)).toContain('known@example.com');
    for (const fields of [{ user: 'user_known' }, { email: ' KNOWN@Example.com ' }])
      expect((await page.send(fields as Record<string, string>)).status).toBe(303);
    expect(users().filter(({ email }) => email === 'known@example.com')).toHaveLength(1);
    expect(server.logged.at(-1)).toMatchObject({ outcome: 'signed_in', user: 'user_known' });
  });

  test('creates a user, verified or not', async () => {
    const page = await openPage(server.url, authorizeQuery({ screen_hint: 'sign-up' }));
    const fields = { create: 'yes', new_email: 'grace@example.com', first_name: 'Grace', last_name: 'Hopper' };
    expect((await page.send(fields)).status).toBe(303);
    expect(server.users.findByEmail('grace@example.com')).toMatchObject({
      first_name: 'Grace',
      last_name: 'Hopper',
      email_verified: true,
    });
  });

  test('adds one user for an address that is sent many times at once', async () => {
    const page = await openPage(server.url);
    const sent = await Promise.all(
      ['once@example.com', 'ONCE@example.com', 'Once@Example.com', 'once@example.com'].map((email) =>
        page.send({ email }),
      ),
    );
    expect(sent.map(({ status }) => status)).toEqual([303, 303, 303, 303]);
    expect(users().filter(({ email }) => email.toLowerCase() === 'once@example.com')).toHaveLength(1);
  });

  test('denies', async () => {
    const page = await openPage(server.url, authorizeQuery({ state: 'kept' }));
    const back = returned(await page.send({ deny: 'yes' }));
    expect([back.get('error'), back.get('state'), back.get('code')]).toEqual(['access_denied', 'kept', null]);
    expect(server.logged.at(-1)).toMatchObject({ outcome: 'denied' });
  });

  test.each([
    ['a user who is unknown', { user: 'user_unknown' }, 'no longer exists', ''],
    ['a user who was removed', { user: 'user_removed' }, 'no longer exists', ''],
    ['the id of a user in another case', { user: 'USER_KNOWN' }, 'no longer exists', ''],
    ['no address', { email: '' }, 'Enter an e-mail address', 'email'],
    ['something else than an address', { email: 'ada' }, 'Enter an e-mail address', 'email'],
    ['a new user without an address', { create: 'yes', new_email: 'x' }, 'Enter an e-mail address', 'new_email'],
    [
      'a long name',
      { create: 'yes', new_email: 'l@example.com', first_name: 'x'.repeat(201) },
      'at most 200',
      'first_name',
    ],
    ['nothing', {}, 'Enter an e-mail address', 'email'],
  ])('with %s shows the page again, with the error at its field', async (_, fields, message, field) => {
    const before = users().length;
    server.users.add(newUser('user_removed', 'removed@example.com', AT));
    const page = await openPage(server.url);
    server.users.remove('user_removed');
    const again = await page.send(fields as Record<string, string>);
    const html = await again.text();
    expect([again.status, users().length]).toEqual([400, before]);
    expect(html).toContain(message);
    if (field !== '')
      expect(html).toMatch(
        new RegExp(`id="${field}"[^>]*aria-invalid="true" aria-describedby="${field}-error" autofocus`),
      );
  });
});

test('users who share an address are told apart by their ids', async () => {
  for (const id of ['user_one', 'user_two']) server.users.add(newUser(id, 'shared@example.com', AT));
  const page = await openPage(server.url);
  const again = await shownPage(page.url, await page.send({ email: 'Shared@example.com' }), page.cookie);
  expect(buttons(again.html)).toEqual(['shared@example.com', 'shared@example.com']);
  for (const id of ['user_one', 'user_two']) expect(again.html).toContain(`<bdi>${id}</bdi>`);
  expect((await again.send({ user: 'user_two' })).status).toBe(303);
  expect(server.logged.at(-1)).toMatchObject({ user: 'user_two' });
});

test('an address that a user has with a name of markup and invisible characters is shown harmlessly', async () => {
  const user = { ...newUser('user_hostile', `"><script>@example.com`, AT), first_name: '<img src=x>\u202e\u0000' };
  server.users.add(user);
  const { html } = await openPage(server.url);
  expect(html).not.toMatch(/<img|"><script>/);
  expect(html).toContain('\\u202e');
  expect(html).toContain('&quot;&gt;&lt;script&gt;@example.com');
});

describe('with many users', () => {
  test('shows 25, last signed in first, and a search that keeps the request out of the page', async () => {
    await using many = await testServer();
    for (let index = 0; index < 40; index++) many.users.add(newUser(`user_${index}`, `u${index}@example.com`, AT));
    execute(many.paths.users, "UPDATE users SET last_sign_in_at = '2026-02-01T00:00:00.000Z' WHERE id = 'user_3'");
    const page = await openPage(many.url, authorizeQuery({ state: 'canary-of-the-state' }));
    expect(buttons(page.html)).toHaveLength(25);
    expect(buttons(page.html)[0]).toBe('u3@example.com');
    expect(page.html).not.toContain('canary');
    const request = /name="request" value="([^"]*)"/.exec(page.html)?.[1] ?? '';
    const found = await openPage(many.url, new URLSearchParams({ request, search: 'U17@' }).toString(), page.cookie);
    expect(buttons(found.html)).toEqual(['u17@example.com']);
    const back = returned(await found.send({ user: 'user_17' }));
    expect([back.get('state'), back.get('code')]).toEqual(['canary-of-the-state', expect.any(String)]);
    for (const bad of ['', 'x', request.slice(1), `${request}A`])
      expect((await openPage(many.url, new URLSearchParams({ request: bad }).toString())).status).toBe(bad ? 403 : 403);
  });
});

test('the page has its own headers, and its hashes are those of its style and script', async () => {
  const { headers, html } = await openPage(server.url, authorizeQuery({ redirect_uri: 'http://127.0.0.1:9/cb' }));
  expect(Object.fromEntries(headers)).toMatchObject({
    'x-frame-options': 'DENY',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'set-cookie': expect.stringMatching(
      /^agent_paste_page=[\w-]{22}; HttpOnly; SameSite=Strict; Path=\/user_management; Max-Age=600$/,
    ),
  });
  const policy = headers.get('content-security-policy') ?? '';
  expect(policy).toContain("form-action 'self' http://127.0.0.1:9; base-uri 'none'; frame-ancestors 'none'");
  for (const name of ['style', 'script']) {
    const text = new RegExp(`<${name}>([\\s\\S]*?)</${name}>`).exec(html)?.[1] ?? '';
    const digest = await crypto.subtle.digest('SHA-256', Buffer.from(text));
    expect(policy).toContain(`${name}-src 'sha256-${Buffer.from(digest).toString('base64')}'`);
  }
});

test('a dashboard under another name of this machine is told that cookies get lost', async () => {
  const { html } = await openPage(server.url, authorizeQuery({ redirect_uri: 'http://localhost:3000/callback' }));
  expect(html).toContain('WORKOS_API_HOSTNAME=localhost');
  const same = await openPage(server.url, authorizeQuery({ redirect_uri: 'http://127.0.0.1:3000/callback' }));
  expect(same.html).not.toContain('WORKOS_API_HOSTNAME');
});

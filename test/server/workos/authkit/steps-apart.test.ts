/** What may happen between two steps of a sign-in: a restart, another process that holds the database. */
import { expect, test } from 'vitest';
import { LOCAL_CLIENT_ID } from '../../../../src/machine/settings.ts';
import { newUser } from '../../../../src/workos/users.ts';
import { lockElsewhere } from '../../../support/lock-holder.ts';
import { testServer } from '../../../support/server.ts';
import {
  authenticate,
  authorizeQuery,
  codeFor,
  exchange,
  openPage,
  refresh,
  returned,
  shownPage,
} from '../../../support/sign-in.ts';

test('a sign-in goes on over restarts between any two steps; a form of before begins again', async () => {
  let server = await testServer();
  const restarted = async () => {
    server = await server.restart();
    return server.url;
  };
  server.users.add({ ...newUser('user_new', 'new@example.com', '2026-01-01T00:00:00.000Z'), email_verified: false });
  const old = await openPage(server.url);
  const base = await restarted();
  const sent = await fetch(`${base}/user_management/authorize?${authorizeQuery()}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: base, cookie: old.cookie },
    body: new URLSearchParams({ token: old.token, step: 'who', user: 'user_new' }).toString(),
  });
  expect([sent.status, await sent.text()]).toEqual([403, expect.stringContaining('Begin this sign-in again')]);

  const page = await openPage(await restarted());
  const codePage = await shownPage(page.url, await page.send({ user: 'user_new' }), page.cookie);
  const mailed = server.mails.at(-1)?.code ?? '';
  const code = returned(await codePage.send({ code: mailed })).get('code') ?? '';
  const first = await exchange(await restarted(), code);
  const second = await refresh(await restarted(), first.body.refresh_token);
  const repeated = await refresh(await restarted(), first.body.refresh_token);
  expect([first.status, second.status, repeated.text]).toEqual([200, 200, second.text]);
  const third = await refresh(await restarted(), second.body.refresh_token);
  const { sid } = JSON.parse(Buffer.from(third.body.access_token.split('.')[1], 'base64url').toString());
  await fetch(`${await restarted()}/user_management/sessions/logout?session_id=${sid}`, { redirect: 'manual' });
  expect((await refresh(await restarted(), third.body.refresh_token)).body.error).toBe('invalid_grant');
  await server[Symbol.asyncDispose]();
});

test('a database that another process holds is answered with 503, and nothing is spent', async () => {
  await using server = await testServer();
  const { url } = server;
  const { body } = await exchange(url, await codeFor(url));
  const code = await codeFor(url);
  const device = await fetch(`${url}/user_management/authorize/device`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: LOCAL_CLIENT_ID }),
  });
  const { device_code } = (await device.json()) as { device_code: string };
  const poll = () => authenticate(url, { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code });
  {
    await using _lock = await lockElsewhere(server.paths.users, 60_000);
    const answers = await Promise.all([exchange(url, code), refresh(url, body.refresh_token), poll()]);
    for (const { status, headers, body: refused } of answers) {
      expect([status, refused]).toEqual([503, { message: expect.any(String), code: 'database_unavailable' }]);
      expect(headers.get('retry-after')).toMatch(/^\d+$/);
    }
  }
  expect((await exchange(url, code)).status).toBe(200);
  expect((await refresh(url, body.refresh_token)).status).toBe(200);
  expect((await poll()).body.error).toBe('authorization_pending');
  expect(server.bugs).toEqual([]);
});

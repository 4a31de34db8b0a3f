import { expect, test } from 'vitest';
import { testServer } from '../../../support/server.ts';
import { authorizeQuery, exchange, openPage, refresh, returned } from '../../../support/sign-in.ts';

test('a sign-in, its callback, a refresh, a sign-out and the removal of the user', async () => {
  await using server = await testServer();
  const page = await openPage(server.url, authorizeQuery({ state: 'of the dashboard' }));
  expect(page.status, page.html).toBe(200);
  const sent = await page.send({ email: 'ada@example.com' });
  expect(sent.status).toBe(303);
  expect(returned(sent).get('state')).toBe('of the dashboard');

  const first = await exchange(server.url, returned(sent).get('code') ?? '');
  expect(first.status).toBe(200);
  const provisioned = await server.post(first.body.access_token);
  expect([provisioned.status, provisioned.body.default_api_key.secret]).toEqual([200, expect.any(String)]);

  const second = await refresh(server.url, first.body.refresh_token);
  expect(second.status).toBe(200);
  const seen = await server.post(second.body.access_token);
  expect([seen.status, seen.body.default_api_key]).toEqual([200, null]);

  const { sid, sub } = JSON.parse(Buffer.from(second.body.access_token.split('.')[1], 'base64url').toString());
  const left = await fetch(`${server.url}/user_management/sessions/logout?session_id=${sid}`, { redirect: 'manual' });
  expect([left.status, left.headers.get('location')]).toEqual([302, 'http://localhost:3000']);
  const over = await refresh(server.url, second.body.refresh_token);
  expect([over.status, over.body.error]).toEqual([400, 'invalid_grant']);
  expect((await server.post(second.body.access_token)).status).toBe(200);

  server.users.remove(sub);
  expect((await server.post(second.body.access_token)).body.error.reason).toBe('user_fetch_failed');
  expect(server.bugs).toEqual([]);
  expect(server.logged.flatMap(({ outcome }) => outcome ?? [])).toEqual([
    'page',
    'signed_in',
    'exchanged',
    'provisioned',
    'refreshed',
    'seen',
    'signed_out',
    'refused',
    'replayed',
    'refused',
  ]);
});

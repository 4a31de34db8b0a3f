/** Cookies of dashboards reach every port of their host. */
import { expect, test } from 'vitest';
import { rawRequest } from '../../../support/raw-socket.ts';
import { testServer } from '../../../support/server.ts';
import { authorizeQuery, openPage, returned } from '../../../support/sign-in.ts';

const verifiers = (count: number) =>
  Array.from({ length: count }, (_, index) => `wos-auth-verifier-${index}=${'x'.repeat(400)}`).join('; ');

test('too many of unfinished sign-ins are answered with 431, which names them', async () => {
  await using server = await testServer();
  const target = `/user_management/authorize?${authorizeQuery()}`;
  const { status, body } = await rawRequest(server.running.port, { target, lines: [`Cookie: ${verifiers(60)}`] });
  const message = expect.stringContaining('clear the cookies wos-auth-verifier-*');
  expect([status, body]).toMatchObject([431, { error: { code: 'payload_too_large', message } }]);
});

test('some of them do not keep anybody from signing in', async () => {
  await using server = await testServer();
  const page = await openPage(server.url, authorizeQuery(), verifiers(20));
  const cookie = `${verifiers(20)}; ${page.headers.get('set-cookie')?.split(';')[0]}`;
  expect(returned(await page.send({ email: 'ada@example.com' }, { cookie })).get('code')).not.toBeNull();
});

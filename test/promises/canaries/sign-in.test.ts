/** Nothing that a sign-in hands out, or is handed, is found in a file or a log line. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LOCAL_API_KEY, LOCAL_CLIENT_ID } from '../../../src/machine/settings.ts';
import { serverProcess } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { authenticate, authorizeQuery, exchange, openPage, pkce, refresh, returned } from '../../support/sign-in.ts';

async function asked(base: string, method: string, path: string, body?: object) {
  const response = await fetch(`${base}${path}`, {
    method,
    headers: { authorization: `Bearer ${LOCAL_API_KEY}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: the body of an answer is whatever the test says it is
  return (await response.json()) as any;
}

test('codes, verifiers, tokens, passwords, cookies, state and hints are nowhere', async () => {
  using directory = temporaryDirectory();
  const state = join(directory.path, 'state');
  await using server = await serverProcess(['--state-dir', state, '--log', 'json']);
  const { url } = server.ready;
  const { verifier, challenge } = pkce();
  const parameters = { code_challenge: challenge, code_challenge_method: 'S256' };
  const canaries = ['canary-of-the-state', 'canary-of-the-hint@example.com', 'canary-wrong-code', verifier];
  canaries.push('canary-of-the-dashboard', 'canary-referer');

  const page = await openPage(url, authorizeQuery({ ...parameters, state: 'canary-of-the-state' }));
  await openPage(url, authorizeQuery({ login_hint: 'canary-of-the-hint@example.com', client_id: 'client_other' }));
  // The cookies of the dashboard reach this port too, and a page tells where its visitor came from.
  const dashboard = {
    cookie: `${page.cookie}; wos-session=canary-of-the-dashboard`,
    referer: 'http://canary-referer/',
  };
  const code = returned(await page.send({ email: 'ada@example.com' }, dashboard)).get('code') ?? '';
  await exchange(url, 'canary-wrong-code');
  const first = await exchange(url, code, { code_verifier: verifier });
  const next = await refresh(url, first.body.refresh_token);
  await refresh(url, first.body.refresh_token);
  expect(next.status).toBe(200);
  canaries.push(code, page.cookie.split('=')[1] ?? '', page.token);
  const password = 'canary-of-the-password';
  const member = { email: 'step@example.com', password, email_verified: false };
  await asked(url, 'POST', '/user_management/users', member);
  const grant = { grant_type: 'password', email: member.email };
  expect((await authenticate(url, { ...grant, password: 'canary-wrong-password' })).status).toBe(400);
  const step = await authenticate(url, { ...grant, password });
  const pending = step.body.pending_authentication_token;
  const { code: mailed } = await asked(
    url,
    'GET',
    `/user_management/email_verification/${step.body.email_verification_id}`,
  );
  const verified = await authenticate(url, {
    grant_type: 'urn:workos:oauth:grant-type:email-verification:code',
    pending_authentication_token: pending,
    code: mailed,
  });
  const { device_code } = await asked(url, 'POST', '/user_management/authorize/device', { client_id: LOCAL_CLIENT_ID });
  canaries.push(password, 'canary-wrong-password', pending, device_code);
  expect(server.stderr()).toContain(`mail to step@example.com: your code is ${mailed}`);
  for (const { body } of [first, next, verified])
    canaries.push(body.refresh_token, body.access_token, body.access_token.split('.')[2]);

  const found = () => {
    const names = readdirSync(state, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const files = names.map(({ parentPath, name }) => [name, readFileSync(join(parentPath, name), 'latin1')] as const);
    const places = [...files, ['log', server.stderr()] as const];
    return canaries.flatMap((canary) => {
      const forms = [canary, Buffer.from(canary, 'base64url').toString('latin1')].filter((text) => text.length > 8);
      return places
        .filter(([, text]) => forms.some((form) => text.includes(form)))
        .map(([name]) => `${canary} in ${name}`);
    });
  };
  expect(server.stderr()).toContain('refresh_repeated');
  expect(found()).toEqual([]);
  expect(await server.stop()).toBe(0);
  expect(found()).toEqual([]);
});

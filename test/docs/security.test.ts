/** What SECURITY.md says of a client without a credential, and of the clock. Pages are in `workos/authkit/page-access.test.ts`. */
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Setting } from '../../src/machine/settings/setting.ts';
import { LOCAL_API_KEY, SETTING_NAMES, SETTINGS } from '../../src/machine/settings.ts';
import { agentPaste, type ServerProcess, serverProcess } from '../support/binary.ts';
import { temporaryDirectory } from '../support/directory.ts';
import { authenticate, codeFor, exchange, openPage, pkce } from '../support/sign-in.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test('names each setting that a configuration file must not have where it was only found', () => {
  const never = SETTING_NAMES.filter((name) => (SETTINGS[name] as Setting<unknown>).notFound !== undefined);
  expect(never.length).toBeGreaterThan(4);
  const [, listed = ''] = /It sets none of ([^.]+)\./.exec(readFileSync(join(ROOT, 'SECURITY.md'), 'utf8')) ?? [];
  expect(listed.match(/(?<=`)[a-z-]+(?=`)/g)?.sort()).toEqual(never.toSorted());
});

const WITHOUT_SECRET = { client_secret: undefined };

let server: ServerProcess;
const directory = temporaryDirectory();
beforeAll(async () => {
  server = await serverProcess([], { cwd: directory.path });
});
afterAll(async () => {
  await server.stop();
  directory[Symbol.dispose]();
});

describe('a client without a credential', () => {
  test('signs in at the local WorkOS as any of its users, and so at this server', async () => {
    const { verifier, challenge } = pkce();
    const code = await codeFor(server.ready.url, 'ada@example.com', {
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
    const { status, body } = await exchange(server.ready.url, code, { ...WITHOUT_SECRET, code_verifier: verifier });
    expect(status).toBe(200);
    const headers = { authorization: `Bearer ${body.access_token}` };
    expect((await fetch(server.ready.callback_url, { method: 'POST', headers })).status).toBe(200);
  });

  test.each([
    ['the code of a dashboard', async (url: string) => exchange(url, await codeFor(url), WITHOUT_SECRET)],
    [
      'the code of another client with PKCE',
      async (url: string) => {
        const { challenge } = pkce();
        const code = await codeFor(url, 'ada@example.com', {
          code_challenge: challenge,
          code_challenge_method: 'S256',
        });
        return exchange(url, code, { ...WITHOUT_SECRET, code_verifier: pkce().verifier });
      },
    ],
    [
      'an address and a password',
      (url: string) =>
        authenticate(url, { ...WITHOUT_SECRET, grant_type: 'password', email: 'ada@example.com', password: 'x' }),
    ],
    [
      'a refresh token that was not issued',
      (url: string) => authenticate(url, { ...WITHOUT_SECRET, grant_type: 'refresh_token', refresh_token: 'x' }),
    ],
  ])('gets no token for %s', async (_, ask) => {
    const { status, text } = await ask(server.ready.url);
    expect(status, text).toBeGreaterThanOrEqual(400);
    expect(text).not.toContain('access_token');
  });

  test('gets no sign-in where the server asks another WorkOS', async () => {
    using elsewhere = temporaryDirectory();
    const env = { WORKOS_API_KEY: LOCAL_API_KEY, WORKOS_API_BASE_URL: server.ready.url };
    await using remote = await serverProcess([], { cwd: elsewhere.path, env });
    expect((await openPage(remote.ready.url)).status).toBe(404);
    expect((await authenticate(remote.ready.url, { grant_type: 'authorization_code', code: 'x' })).status).toBe(404);
  });

  test.each([
    ['GET', '/user_management/users'],
    ['POST', '/user_management/users'],
    ['GET', '/user_management/users/user_1/sessions'],
    ['POST', '/user_management/sessions/revoke'],
    ['GET', '/organizations'],
  ])('may not ask %s %s, and neither may one with the known key beside another one', async (method, path) => {
    using elsewhere = temporaryDirectory();
    await using own = await serverProcess([], { cwd: elsewhere.path, env: { WORKOS_API_KEY: 'sk_test_of_mine' } });
    const ask = (url: string, headers = {}) => fetch(`${url}${path}`, { method, headers });
    expect((await ask(server.ready.url)).status).toBe(401);
    expect((await ask(own.ready.url, { authorization: `Bearer ${LOCAL_API_KEY}` })).status).toBe(401);
  });
});

test('the clock is moved by a command of the owner alone, and by no request', async () => {
  using elsewhere = temporaryDirectory();
  await using own = await serverProcess(['--clock', '2030-01-31T12:00Z'], { cwd: elsewhere.path });
  for (const path of ['/clock', '/local/clock', '/local/advance'])
    for (const method of ['POST', 'PUT', 'PATCH'])
      expect((await fetch(`${own.ready.url}${path}`, { method })).status).toBe(404);
  // Who cannot write the directory cannot move its clock: one that others may write is refused.
  const state = join(elsewhere.path, 'open');
  mkdirSync(state);
  chmodSync(state, 0o770);
  const { code, stderr } = await agentPaste(['serve', '--port', '0', '--clock', '+1h', '--state-dir', state]);
  expect({ code, said: stderr.split('\n')[0] }).toEqual({ code: 7, said: expect.stringContaining('has mode 0770') });
});

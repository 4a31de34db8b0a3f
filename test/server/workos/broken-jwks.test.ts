import { generateKeyPairSync } from 'node:crypto';
import { HttpResponse } from 'msw';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { assertMatchesContract } from '../../support/contract.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import type { TestServer } from '../../support/server.ts';
import { type Answer, foreignWorkos, METADATA, redirect, text, unreachable, WORKOS } from './foreign-workos.ts';

const workos = foreignWorkos();
/** One state directory, and so one signing key, for servers that have never fetched a key. */
const directory = temporaryDirectory();
const kept = { path: directory.path, [Symbol.dispose]: () => undefined };
let server: TestServer;
beforeEach(async () => {
  server = await workos.server({}, kept);
});
afterEach(() => server[Symbol.asyncDispose]());
afterAll(() => directory[Symbol.dispose]());

const publicKey = () => server.keyring.jwks().keys[0];
const privateKey = () => server.keyring.export(String(publicKey()?.kid), { private: true });
const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
const json =
  (body: () => unknown): Answer =>
  () =>
    HttpResponse.json(body() as object);

const UNAVAILABLE: readonly [string, Answer][] = [
  ['500', text('{"message":"oops"}', 500)],
  ['502 with a page', text('<html>Bad gateway</html>', 502)],
  ['503 with Retry-After', text('', 503, { 'retry-after': '120' })],
  ['404', text('{"message":"Not Found"}', 404)],
  ['401', text('{"message":"Unauthorized"}', 401)],
  ['403', text('', 403)],
  ['408', text('', 408)],
  ['429', text('', 429, { 'retry-after': '30' })],
  ['204', text('', 204)],
  ['206 of a good set', () => HttpResponse.json(server.keyring.jwks(), { status: 206 })],
  ['301 to itself', redirect(301, `${WORKOS}/elsewhere`)],
  ['302 to the metadata of the machine', redirect(302, METADATA)],
  ['307 to a file', redirect(307, 'file:///etc/passwd')],
  ['a connection that fails', unreachable],
];

const INVALID: readonly [string, Answer][] = [
  ['a page', text('<!doctype html><title>Sign in</title>', 200, { 'content-type': 'text/html' })],
  ['nothing', text('')],
  ['half of a set', () => HttpResponse.text(JSON.stringify(server.keyring.jwks()).slice(0, -20))],
  ['a list', json(() => [])],
  ['null', json(() => null)],
  ['a text', json(() => 'keys')],
  ['no keys', json(() => ({}))],
  ['null for keys', json(() => ({ keys: null }))],
  ['an object for keys', json(() => ({ keys: {} }))],
  ['keys that are numbers', json(() => ({ keys: [1] }))],
  ['an empty list of keys', json(() => ({ keys: [] }))],
  ['a private key', json(() => ({ keys: [privateKey()] }))],
  ['a private key beside a good one', json(() => ({ keys: [publicKey(), { ...privateKey(), kid: 'other' }] }))],
  ['a secret key', json(() => ({ keys: [publicKey(), { kty: 'oct', k: 'c2VjcmV0', kid: 'other' }] }))],
  ['a key of 1024 bits', json(() => ({ keys: [{ ...small, kid: publicKey()?.kid, alg: 'RS256', use: 'sig' }] }))],
  ['a key whose exponent is 1', json(() => ({ keys: [{ ...publicKey(), e: 'AQ' }] }))],
  ['a key whose modulus is none', json(() => ({ keys: [{ ...publicKey(), n: '!' }] }))],
  ['more than 64 KB', json(() => ({ ...server.keyring.jwks(), padding: 'x'.repeat(70_000) }))],
];

describe.each([
  ['jwks_unavailable', UNAVAILABLE],
  ['jwks_invalid', INVALID],
] as const)('503 %s', (reason, answers) => {
  test.each(answers)('for %s', async (_, answer) => {
    workos.keys = answer;
    const response = await server.post(server.mint().token);
    expect({ status: response.status, code: response.body.error.code, reason: response.body.error.reason }).toEqual({
      status: 503,
      code: 'verification_unavailable',
      reason,
    });
    assertMatchesContract('POST', '/v1/auth/web/callback', response);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(response.headers.has('www-authenticate')).toBe(false);
    expect(workos.fetchesOf('users')).toBe(0);
    expect(workos.fetchesOf('metadata')).toBe(0);
    expect(server.bugs).toEqual([]);
  });
});

test('treats a key of another kind under the same kid as absent', async () => {
  workos.keys = json(() => ({ keys: [{ ...elliptic, kid: publicKey()?.kid }] }));
  expect((await server.post(server.mint().token)).body.error.reason).toBe('kid_unknown');
});

test('says why a reload failed', async () => {
  workos.keys = text('', 500);
  await expect(server.running.reloadKeys()).rejects.toMatchObject({ reason: 'jwks_unavailable' });
  workos.keys = json(() => ({ keys: [] }));
  await expect(server.running.reloadKeys()).rejects.toMatchObject({ reason: 'jwks_invalid' });
});

test('does not send the API key with a request for the public keys', async () => {
  expect((await server.post(server.mint().token)).status).toBe(200);
  const [keys] = workos.requests.filter(({ url }) => url.includes('/sso/jwks/'));
  expect(keys?.headers.has('authorization')).toBe(false);
  expect(keys?.headers.has('cookie')).toBe(false);
});

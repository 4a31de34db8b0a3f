import { generateKeyPairSync } from 'node:crypto';
import { HttpResponse } from 'msw';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assertMatchesContract } from '../support/contract.ts';
import type { TestServer } from '../support/server.ts';
import {
  type Answer,
  breakingOff,
  foreignWorkos,
  hanging,
  METADATA,
  redirect,
  text,
  unreachable,
  WORKOS,
} from './foreign-workos.ts';

const workos = foreignWorkos();
let server: TestServer;
beforeAll(async () => {
  server = await workos.server();
});
afterAll(() => server[Symbol.asyncDispose]());

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
  ['200 MB', () => new HttpResponse(endless(200_000_000))],
];

/** A JWKS so long, made as it is read. */
function endless(size: number): ReadableStream {
  const chunk = new TextEncoder().encode(' '.repeat(16_384));
  let sent = 0;
  return new ReadableStream({
    pull(controller) {
      sent += chunk.length;
      if (sent > size) controller.close();
      else controller.enqueue(chunk);
    },
  });
}

describe.each([
  ['jwks_unavailable', UNAVAILABLE],
  ['jwks_invalid', INVALID],
] as const)('503 %s', (reason, answers) => {
  test.each(answers)('for %s', async (_, answer) => {
    workos.keys = answer;
    await expect(server.running.reloadKeys()).rejects.toMatchObject({ reason });
    await using fresh = await workos.server();
    const { token } = fresh.mint();
    const response = await fresh.post(token);
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
    expect(fresh.bugs).toEqual([]);
  });
});

test('a key of another kind under the same kid is as good as absent', async () => {
  workos.keys = json(() => ({ keys: [{ ...elliptic, kid: publicKey()?.kid }] }));
  await using fresh = await workos.server();
  expect((await fresh.post(fresh.mint().token)).body.error.reason).toBe('kid_unknown');
});

test.each([
  ['that does not answer', hanging],
  ['that never comes to its end', breakingOff],
])('503 after 3 seconds for a JWKS URL %s', async (_, answer) => {
  workos.keys = answer;
  await using fresh = await workos.server();
  const { token } = fresh.mint();
  const started = performance.now();
  const response = await fresh.post(token);
  const seconds = (performance.now() - started) / 1000;
  expect(response).toMatchObject({ status: 503, body: { error: { reason: 'jwks_unavailable' } } });
  expect(seconds).toBeGreaterThan(2.9);
  expect(seconds).toBeLessThan(3.9);
});

test('the API key is not sent for keys, which are public', async () => {
  await using fresh = await workos.server();
  expect((await fresh.post(fresh.mint().token)).status).toBe(200);
  const [keys] = workos.requests.filter(({ url }) => url.includes('/sso/jwks/'));
  expect(keys?.headers.has('authorization')).toBe(false);
  expect(keys?.headers.has('cookie')).toBe(false);
});

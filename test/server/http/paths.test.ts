import { afterAll, beforeAll, expect, test } from 'vitest';
import { assertMatchesContract } from '../../support/contract.ts';
import { rawRequest } from '../../support/raw-socket.ts';
import { type TestServer, testServer } from '../../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server[Symbol.asyncDispose]());

test.each([
  '//v1//whoami',
  '//healthz',
  '/healthz/',
  '/healthz//',
  '/HEALTHZ',
  '/v1%2Fwhoami',
  '/%2Fv1/whoami',
  '/v1/whoami%00',
  '/v1/whoami%20',
  '/v1/whoami;a=b',
  '/v1\\whoami',
  '/\\evil.example/v1/whoami',
  '/%2e%2e%2fv1/whoami',
  '/..%2f..%2fetc/passwd',
  '/%c0%ae%c0%ae/v1/whoami',
  '/%',
  '/%zz',
  '/.git/config',
  '/index.html',
  '*',
  'ftp://127.0.0.1/healthz',
  'http://[bad/healthz',
  '/v1/web/artifacts/',
  '/v1/web/artifacts/a/b',
])('%s is no route', async (target) => {
  const before = server.bugs.length;
  const answer = await rawRequest(server.running.port, { target });
  expect({ status: answer.status, code: answer.body?.error.code }).toEqual({ status: 404, code: 'not_found' });
  assertMatchesContract('GET', '/nothing', answer);
  expect(server.bugs.length).toBe(before);
});

test.each([
  ['/a/../healthz', '/healthz'],
  ['/./healthz', '/healthz'],
  ['/../../healthz', '/healthz'],
  ['/health%7a', '/healthz'],
  ['/healthz?a=b', '/healthz'],
  ['/healthz?%', '/healthz'],
  ['/healthz#fragment', '/healthz'],
])('treats %s as %s, with its credential check and its log line', async (target, path) => {
  expect((await rawRequest(server.running.port, { target })).status).toBe(200);
  expect(server.logged.at(-1)).toMatchObject({ path, status: 200 });
  const guarded = await rawRequest(server.running.port, {
    target: target.replace('health%7a', 'v1/%77hoami').replace('healthz', 'v1/whoami'),
  });
  expect(guarded.status).toBe(401);
});

test('treats an id in a path as text, whatever it contains', async () => {
  const { token } = server.mint();
  await server.post(token);
  for (const id of ['..%2F..%2Fkeys', 'art_%00', "x' OR 1=1--", '%F0%9F%92%A9', '%ff', 'a'.repeat(8000)]) {
    const answer = await server.get(`/v1/web/artifacts/${encodeURI(id).replaceAll('%25', '%')}`, token);
    expect({ id, code: answer.body.error.code }).toEqual({ id, code: 'artifact_not_found' });
  }
});

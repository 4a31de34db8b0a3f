import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AUTHKIT_ROUTES } from '../../../src/server/contract/authkit-routes.ts';
import { ROUTES } from '../../../src/server/contract/routes.ts';
import { assertMatchesContract } from '../../support/contract.ts';
import { rawRequest } from '../../support/raw-socket.ts';
import { type TestServer, testServer } from '../../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'M-SEARCH'];
const PATHS = [...Map.groupBy([...ROUTES, ...AUTHKIT_ROUTES], ({ path }) => path)].map(([path, routes]) => ({
  path,
  target: path.replaceAll(/:\w+/g, 'some_id'),
  allowed: routes.flatMap(({ method }): string[] => (method === 'GET' ? ['GET', 'HEAD'] : [method])),
}));

describe.each(PATHS)('$path', ({ target, allowed }) => {
  test.each(METHODS.filter((method) => !allowed.includes(method)))('answers %s with 405 and Allow', async (method) => {
    const answer = await rawRequest(server.running.port, { method, target });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe(allowed.join(', '));
    expect(answer.headers.has('access-control-allow-origin')).toBe(false);
    if (method !== 'HEAD') assertMatchesContract(method, target, answer);
  });
});

test.each(PATHS.filter(({ allowed }) => allowed.includes('HEAD')))(
  'HEAD $path answers as GET does, without a body',
  async ({ target }) => {
    const [head, get] = await Promise.all(
      ['HEAD', 'GET'].map((method) => rawRequest(server.running.port, { method, target })),
    );
    expect({ status: head?.status, text: head?.text }).toEqual({ status: get?.status, text: '' });
    expect(head?.headers.get('content-type')).toBe(get?.headers.get('content-type'));
    expect(get?.body).toBeDefined();
  },
);

test('echoes nothing of a TRACE request', async () => {
  const lines = ['Authorization: Bearer canary-of-the-trace'];
  const answer = await rawRequest(server.running.port, { method: 'TRACE', target: '/healthz', lines });
  expect(answer.text).not.toContain('canary');
});

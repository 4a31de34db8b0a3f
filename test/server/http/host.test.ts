import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assertMatchesContract } from '../../support/contract.ts';
import { exchange, type RawRequest, rawRequest } from '../../support/raw-socket.ts';
import { type TestServer, testServer } from '../../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer({ 'allow-host': 'api.test, Upper.test:1234' });
});
afterAll(() => server[Symbol.asyncDispose]());

const port = () => server.running.port;
const at = (host: string) => host.replaceAll('PORT', String(port()));

test.each([
  ['evil.example:PORT', 'the request names evil.example:PORT; allow it with --allow-host evil.example:PORT'],
  ['[::2]', 'the request names [::2]; allow it with --allow-host [::2]'],
  ['user@127.0.0.1:PORT', 'the Host header names no host'],
  ['127.1:PORT', 'the Host header names no host'],
  ['', 'the Host header names no host'],
])('the log says how to allow the Host %s', async (host, said) => {
  expect((await rawRequest(port(), { host: at(host) })).status).toBe(421);
  expect(server.logged.at(-1)?.warning).toBe(at(said));
});

describe('names of this server', () => {
  test.each([
    '127.0.0.1:PORT',
    'localhost:PORT',
    '[::1]:PORT',
    'LOCALHOST:PORT',
    'api.test',
    'API.test',
    'api.test:80',
    'upper.test:1234',
  ])('accepts %s', async (host) => {
    expect((await rawRequest(port(), { host: at(host) })).status).toBe(200);
  });

  test.each<[string, RawRequest]>([
    ['another name', { host: 'evil.example:PORT' }],
    ['a name that begins like one', { host: 'localhost.evil.example:PORT' }],
    ['no port', { host: '127.0.0.1' }],
    ['another port', { host: '127.0.0.1:1' }],
    ['a port with a zero before it', { host: '127.0.0.1:0PORT' }],
    ['a trailing dot', { host: 'localhost.:PORT' }],
    ['another spelling of the address', { host: '127.1:PORT' }],
    ['the address that means any', { host: '0.0.0.0:PORT' }],
    ['an allowed name with another port', { host: 'api.test:PORT' }],
    ['an empty Host', { host: '' }],
    ['a list', { host: '127.0.0.1:PORT, evil.example' }],
    ['a list without a space', { host: '127.0.0.1:PORT,evil.example' }],
    ['a space', { host: 'evil example' }],
    ['a user before it', { host: 'user@127.0.0.1:PORT' }],
    ['a path behind it', { host: '127.0.0.1:PORT/v1' }],
    ['characters of another alphabet', { host: 'l\xf6calhost:PORT' }],
    ['HTTP/1.0 without Host', { host: null, version: '1.0' }],
    ['an absolute target with another host', { target: 'http://evil.example/healthz' }],
    ['an absolute target with another port', { target: 'http://127.0.0.1:1/healthz' }],
    ['an absolute target with another host, in capitals', { target: 'HTTP://EVIL.EXAMPLE/healthz' }],
    [
      'an absolute target of ours, asked of another Host',
      { target: 'http://127.0.0.1:PORT/healthz', host: 'evil.example' },
    ],
    ['an absolute target with a user', { target: 'http://user:password@127.0.0.1:PORT/healthz' }],
    ['a route that does not exist', { host: 'evil.example', target: '/nothing' }],
    ['a method that the route does not take', { host: 'evil.example', method: 'DELETE' }],
    ['a preflight request', { host: 'evil.example', method: 'OPTIONS' }],
  ])('%s: 421, whatever the route', async (_, request) => {
    const { host, target = '/healthz' } = request;
    const answer = await rawRequest(port(), {
      ...request,
      target: at(target),
      ...(typeof host === 'string' ? { host: at(host) } : {}),
    });
    expect({ status: answer.status, code: answer.body?.error.code }).toEqual({ status: 421, code: 'host_not_allowed' });
    assertMatchesContract(request.method ?? 'GET', '/healthz', answer);
  });

  test('rejects two Host headers', async () => {
    const both = `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${port()}\r\nHost: evil.example\r\nConnection: close\r\n\r\n`;
    expect((await exchange(port(), both)).status).toBe(421);
    const same = both.replace('evil.example', `127.0.0.1:${port()}`);
    expect((await exchange(port(), same)).status).toBe(421);
  });

  test('rejects HTTP/1.1 without Host', async () => {
    const answer = await rawRequest(port(), { host: null });
    expect({ status: answer.status, code: answer.body?.error.code }).toEqual({ status: 400, code: 'invalid_request' });
  });

  test.each(['http', 'HTTP', 'Http', 'https'])(
    'answers an absolute target with %s and the Host of this server',
    async (scheme) => {
      const answer = await rawRequest(port(), { target: at(`${scheme}://127.0.0.1:PORT/healthz`) });
      expect(answer.status).toBe(200);
      expect(
        (await rawRequest(port(), { target: at(`${scheme}://LOCALHOST:PORT`), host: at('localhost:PORT') })).status,
      ).toBe(404);
    },
  );

  test('requires a valid Host even with a valid token', async () => {
    const lines = [`Authorization: Bearer ${server.mint().token}`];
    const before = server.logged.length;
    const answer = await rawRequest(port(), {
      method: 'POST',
      target: '/v1/auth/web/callback',
      host: 'evil.example',
      lines,
    });
    expect(answer.status).toBe(421);
    expect(server.logged.slice(before)).toMatchObject([{ status: 421, path: '/v1/auth/web/callback' }]);
    expect((await server.get('/v1/web/workspace', server.mint().token)).status).toBe(403);
  });
});

test('accepts the address that the server listens on', async () => {
  await using other = await testServer({ host: '127.0.0.2' });
  expect(other.url).toMatch(/^http:\/\/127\.0\.0\.2:\d+$/);
  expect((await other.get('/healthz')).status).toBe(200);
});

test('is not reachable on another address of this machine', async () => {
  // Were it to listen on every address, a page of any site could reach it as http://0.0.0.0.
  await expect(rawRequest(port(), { address: '127.0.0.2' })).rejects.toThrow(/ECONNREFUSED|EADDRNOTAVAIL/);
});

/** Every rule of the gate, broken once, byte for byte. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rawRequest } from '../../support/raw-socket.ts';
import { type OpenedInspector, openedInspector } from './opened.ts';

let inspector: OpenedInspector;
beforeAll(async () => {
  inspector = await openedInspector();
});
afterAll(() => inspector[Symbol.asyncDispose]());

const own = () => `http://127.0.0.1:${inspector.port}`;
const keyLine = () => `Authorization: Bearer ${inspector.key}`;
const fill = (text: string) => text.replaceAll('{own}', own()).replaceAll('{port}', String(inspector.port));

interface Case {
  readonly name: string;
  readonly status: number;
  readonly method?: string;
  readonly target?: string;
  readonly host?: string | null;
  readonly lines?: readonly string[];
}

const NAVIGATION = ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document'];

const WITH_KEY: readonly Case[] = [
  { name: 'its own name', status: 200 },
  { name: 'localhost', host: 'localhost:{port}', status: 200 },
  { name: 'no Host', host: null, status: 421 },
  { name: 'a rebound name', host: 'evil.example:{port}', status: 421 },
  { name: 'a name that begins like its own', host: '127.0.0.1.evil.example:{port}', status: 421 },
  { name: 'another port', host: '127.0.0.1:1', status: 421 },
  { name: 'no port', host: '127.0.0.1', status: 421 },
  { name: 'another form of the address', host: '[::ffff:127.0.0.1]:{port}', status: 421 },
  { name: 'two Hosts', lines: ['Host: 127.0.0.1:{port}'], status: 421 },
  { name: 'an absolute target', target: '{own}/api/state', status: 400 },
  { name: 'a target with two slashes', target: '//evil.example/api/state', status: 400 },
  { name: 'a backslash', target: '/api\\state', status: 400 },
  { name: 'OPTIONS', method: 'OPTIONS', lines: ['Origin: {own}'], status: 405 },
  { name: 'PUT', method: 'PUT', status: 405 },
  { name: 'TRACE', method: 'TRACE', status: 405 },
  { name: 'its own Origin', lines: ['Origin: {own}'], status: 200 },
  { name: 'another Origin', lines: ['Origin: https://evil.example'], status: 403 },
  { name: 'the Origin of another port', lines: ['Origin: http://127.0.0.1:1'], status: 403 },
  { name: 'an opaque Origin', lines: ['Origin: null'], status: 403 },
  { name: 'the Origin of its other name', lines: ['Origin: http://localhost:{port}'], status: 403 },
  { name: 'two Origins', lines: ['Origin: {own}', 'Origin: {own}'], status: 403 },
  { name: 'a page of the same origin', lines: ['Sec-Fetch-Site: same-origin'], status: 200 },
  { name: 'a person', lines: ['Sec-Fetch-Site: none'], status: 200 },
  { name: 'a page of another port', lines: ['Sec-Fetch-Site: same-site'], status: 403 },
  { name: 'a page of another site', lines: ['Sec-Fetch-Site: cross-site'], status: 403 },
  { name: 'a link of another site to data', lines: NAVIGATION, status: 403 },
  { name: 'a link of another site to an asset', target: '/assets/x.js', lines: NAVIGATION, status: 403 },
  {
    name: 'a frame of another site',
    target: '/',
    lines: [...NAVIGATION.slice(0, 2), 'Sec-Fetch-Dest: iframe'],
    status: 403,
  },
  {
    name: 'a script of another site',
    target: '/',
    lines: [NAVIGATION[0] ?? '', 'Sec-Fetch-Mode: no-cors'],
    status: 403,
  },
  { name: 'a form of another site', method: 'POST', target: '/', lines: NAVIGATION, status: 403 },
  { name: 'a POST without Origin', method: 'POST', status: 403 },
  { name: 'a POST to the page', method: 'POST', target: '/', lines: ['Origin: {own}'], status: 405 },
  { name: 'a POST without JSON', method: 'POST', lines: ['Origin: {own}'], status: 400 },
];

describe('with the key', () => {
  test.each(WITH_KEY)('$name is answered with $status', async ({ status, method, target, host, lines = [] }) => {
    const answer = await rawRequest(inspector.port, {
      ...(method === undefined ? {} : { method }),
      ...(host === undefined ? {} : { host: host && fill(host) }),
      target: fill(target ?? '/api/state'),
      lines: [keyLine(), ...lines.map(fill)],
    });
    expect(answer.status, answer.text).toBe(status);
    if (status !== 200)
      expect(answer.body).toEqual({
        error: { code: expect.any(String), message: expect.any(String), request_id: expect.stringMatching(/^req_/) },
      });
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('without the key', () => {
  test.each([
    ['no header', []],
    ['another key', [`Authorization: Bearer ${'A'.repeat(43)}`]],
    ['a longer key', ['Authorization: Bearer {key}A']],
    ['a shorter key', ['Authorization: Bearer {short}']],
    ['another scheme', ['Authorization: Basic {key}']],
    ['the key twice', ['Authorization: Bearer {key}', 'Authorization: Bearer {key}']],
    ['the key in a cookie', ['Cookie: key={key}']],
  ])('%s is 401, whatever the route', async (_, lines) => {
    const { key } = inspector;
    for (const target of ['/api/state', '/api/callbacks/stream', '/api/nothing', `/api/state?key=${key}`, '/api/']) {
      const answer = await rawRequest(inspector.port, {
        target,
        lines: lines.map((line) => line.replaceAll('{key}', key).replaceAll('{short}', key.slice(1))),
      });
      expect(answer).toMatchObject({ status: 401, body: { error: { code: 'not_authenticated' } } });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      expect(answer.text).not.toContain(key);
    }
  });

  test('is logged nowhere, and neither are the requests of the page', async () => {
    await rawRequest(inspector.port, { target: '/api/state', lines: ['Authorization: Bearer wrong-key-wrong-key'] });
    await inspector.fetch('/api/state');
    expect(inspector.server.stderr()).not.toMatch(/wrong-key|\/api\//);
  });
});

test.each(['/api/state', '/', '/assets/none.js', '/api/nothing'])('%s has every header of the page', async (path) => {
  const { headers } = await inspector.fetch(path);
  expect(headers.get('content-security-policy')).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  );
  expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
  expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('set-cookie')).toBeNull();
});

test.each([
  '/assets/../index.html',
  '/assets/%2e%2e%2findex.html',
  '/assets/..%2f..%2fmain.cjs',
  '/assets/',
  '/assets/a/b.js',
])('%s is no file of the page', async (path) => {
  const answer = await rawRequest(inspector.port, { target: path });
  expect(answer.text).not.toContain('require(');
  expect([404, 200]).toContain(answer.status);
  if (answer.status === 200) expect(answer.headers.get('content-type')).toContain('text/html');
});

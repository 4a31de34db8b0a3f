import { afterAll, beforeAll, expect, test } from 'vitest';
import { openedInspector } from '../../inspector/web/opened.ts';
import { type TestServer, testServer } from '../../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const html = { accept: 'text/html,application/xhtml+xml' };

test('the address of the API in a browser says where things are', async () => {
  const response = await fetch(server.url, { headers: html });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(response.headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
  const page = await response.text();
  const paths = [...page.matchAll(/<code>GET (\/\S*)<\/code>/g)].map(([, path = '']) => path);
  expect(paths.length).toBeGreaterThan(2);
  for (const path of paths) expect((await server.get(path)).status, path).toBe(200);
  expect(page).toContain('POST /v1/auth/web/callback');
  expect(page).toContain('No inspector runs');
});

test('names the inspector without its key', async () => {
  await using inspector = await openedInspector();
  const page = await (await fetch(inspector.server.ready.url, { headers: html })).text();
  expect(page).toContain(`href="${inspector.server.ready.inspector_url}/"`);
  expect(page).not.toContain(inspector.key);
});

test.each([
  ['GET', '/', 'application/json'],
  ['GET', '/', '*/*'],
  ['POST', '/', 'text/html'],
  ['GET', '/other', 'text/html'],
])('%s %s for %s is still no route', async (method, path, accept) => {
  const response = await fetch(`${server.url}${path}`, { method, headers: { accept } });
  expect({ status: response.status, body: await response.json() }).toMatchObject({
    status: 404,
    body: { error: { code: 'not_found' } },
  });
});

test('is not told to a page of another origin', async () => {
  const response = await fetch(server.url, { headers: { ...html, origin: 'https://evil.example' } });
  expect(response.status).toBe(403);
});

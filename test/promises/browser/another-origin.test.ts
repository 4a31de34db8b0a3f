import { expect, test } from 'vitest';
import { counts, NOTHING, ONE_SIGN_IN } from '../../support/database.ts';
import { type RawRequest, rawRequest } from '../../support/raw-socket.ts';
import { testServer } from '../../support/server.ts';
import { CHROMIUM, pageOfAnotherOrigin } from './chromium.ts';

const CALLBACK = '/v1/auth/web/callback';
const NAME = CHROMIUM === undefined ? ' (skipped: no Chromium on this machine)' : '';

/** What a page can do with a URL and a stolen token; each gives what it could read, or `blocked`. */
function attacks(base: string, token: string): string {
  return `
    const base = ${JSON.stringify(base)}, callback = base + ${JSON.stringify(CALLBACK)};
    const authorization = 'Bearer ' + ${JSON.stringify(token)};
    const tried = async (attempt) => { try { return await attempt(); } catch { return 'blocked'; } };
    const read = async (url, init) => { const answer = await fetch(url, init); return answer.type === 'opaque' ? 'opaque' : answer.status + ' ' + await answer.text(); };
    const loaded = (element, attributes) => new Promise((resolve) => {
      const made = Object.assign(document.createElement(element), attributes);
      made.onload = () => resolve('loaded'); made.onerror = () => resolve('blocked');
      document.body.append(made);
    });
    const posted = (enctype) => new Promise((resolve) => {
      const frame = Object.assign(document.createElement('iframe'), { name: 'frame-' + enctype });
      const form = Object.assign(document.createElement('form'), { method: 'POST', action: callback, target: frame.name, enctype });
      document.body.append(frame, form);
      frame.onload = () => { let text; try { text = frame.contentDocument?.body.textContent ?? 'blocked'; } catch { text = 'blocked'; } if (text !== '') resolve(text); };
      form.submit();
    });
    return {
      'a callback with the token': await tried(() => read(callback, { method: 'POST', headers: { authorization } })),
      'a callback with cookies': await tried(() => read(callback, { method: 'POST', credentials: 'include' })),
      'a callback without CORS': await tried(() => read(callback, { method: 'POST', mode: 'no-cors', credentials: 'include', headers: { authorization } })),
      'a callback as a simple request': await tried(() => read(callback, { method: 'POST', mode: 'no-cors', headers: { 'content-type': 'text/plain' }, body: authorization })),
      'a reading of the members': await tried(() => read(base + '/v1/web/workspace', { headers: { authorization } })),
      'a reading of the keys': await tried(() => read(base + '/sso/jwks/client')),
      'a reading of the health': await tried(() => read(base + '/healthz')),
      'a script': await loaded('script', { src: base + '/healthz' }),
      'an image': await loaded('img', { src: base + '/healthz' }),
      'a form': await posted('application/x-www-form-urlencoded'),
      'a form of plain text': await posted('text/plain'),
      'a web socket': await new Promise((resolve) => { const socket = new WebSocket(callback.replace('http', 'ws')); socket.onopen = () => resolve('opened'); socket.onerror = () => resolve('blocked'); }),
      'a beacon': (navigator.sendBeacon(callback, 'x'), 'sent'),
    };`;
}

test.skipIf(CHROMIUM === undefined)(
  `lets a page of another origin neither read an answer nor cause a callback${NAME}`,
  async () => {
    await using server = await testServer();
    await using page = await pageOfAnotherOrigin();
    const { token } = server.mint();
    const report = await page.run(attacks(server.url, token));
    expect(report).toEqual({
      'a callback with the token': 'blocked',
      'a callback with cookies': 'blocked',
      'a callback without CORS': expect.stringMatching(/^(?:opaque|blocked)$/),
      'a callback as a simple request': expect.stringMatching(/^(?:opaque|blocked)$/),
      'a reading of the members': 'blocked',
      'a reading of the keys': 'blocked',
      'a reading of the health': 'blocked',
      'a script': 'blocked',
      'an image': 'blocked',
      'a form': 'blocked',
      'a form of plain text': 'blocked',
      'a web socket': 'blocked',
      'a beacon': 'sent',
    });
    // The requests did reach the server, and it refused every one of them.
    const statuses = server.logged.map(({ status }) => status);
    expect(statuses.length).toBeGreaterThan(5);
    expect(statuses.every((status) => status === 403)).toBe(true);
    expect(counts(server.paths.database)).toEqual(NOTHING);
    expect(server.bugs).toEqual([]);
  },
);

test.skipIf(CHROMIUM === undefined)(`answers nothing to a rebound name (DNS rebinding)${NAME}`, async () => {
  await using server = await testServer();
  await using page = await pageOfAnotherOrigin();
  const { token } = server.mint();
  const rebound = `http://page.test:${server.running.port}`;
  const report = (await page.run(attacks(rebound, token))) as Record<string, string>;
  for (const [attack, result] of Object.entries(report)) {
    if (attack !== 'a beacon') expect(result, attack).toMatch(/^(?:opaque|blocked)$/);
  }
  const statuses = server.logged.map(({ status }) => status);
  expect(statuses.length).toBeGreaterThan(5);
  expect(statuses.every((status) => status === 403 || status === 421)).toBe(true);
  expect(counts(server.paths.database)).toEqual(NOTHING);
});

test.skipIf(CHROMIUM === undefined)(`answers the same page from an origin of --allow-origin${NAME}`, async () => {
  await using page = await pageOfAnotherOrigin();
  await using server = await testServer({ 'allow-origin': page.origin });
  const { token } = server.mint();
  const report = (await page.run(attacks(server.url, token))) as Record<string, string>;
  expect(report['a callback with the token']).toMatch(/^200 .*"secret":"ap_pk_/);
  expect(report['a reading of the members']).toMatch(/^200 /);
  expect(report['a callback without CORS']).toMatch(/^(?:opaque|blocked)$/);
  expect(counts(server.paths.database)).toEqual(ONE_SIGN_IN);
});

test('rejects each of the same requests without a browser, and causes no callback', async () => {
  await using server = await testServer();
  const { token } = server.mint();
  const { port } = server.running;
  const fromPage = ['Origin: http://page.test:1', 'Sec-Fetch-Site: cross-site'];
  const plain = ['Content-Type: text/plain', 'Content-Length: 1'];
  const authorization = `Authorization: Bearer ${token}`;
  const callback = { method: 'POST', target: CALLBACK };
  const requests: RawRequest[] = [
    { ...callback, lines: [...fromPage, authorization] },
    { ...callback, lines: [...fromPage, ...plain], body: 'x' },
    { ...callback, lines: ['Origin: null', authorization] },
    { ...callback, lines: ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors', authorization] },
    { method: 'OPTIONS', target: CALLBACK, lines: [...fromPage, 'Access-Control-Request-Method: POST'] },
    { target: '/v1/web/workspace', lines: [...fromPage, authorization] },
    { target: '/healthz', lines: ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors', 'Sec-Fetch-Dest: image'] },
    { ...callback, lines: ['Origin: http://127.0.0.1:1', 'Sec-Fetch-Site: same-site', authorization] },
    { ...callback, host: `page.test:${port}`, lines: [authorization] },
    {
      ...callback,
      host: `page.test:${port}`,
      lines: [`Origin: http://page.test:${port}`, 'Sec-Fetch-Site: same-origin', authorization],
    },
  ];
  for (const request of requests) {
    const { status, headers } = await rawRequest(port, request);
    expect(status, JSON.stringify(request)).toBe(request.host === undefined ? 403 : 421);
    expect(headers.has('access-control-allow-origin')).toBe(false);
  }
  expect(counts(server.paths.database)).toEqual(NOTHING);
});

/** `@workos-inc/authkit-js` in a browser: sign in, reload, automatic refresh, another organization, both sign-outs. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LOCAL_CLIENT_ID } from '../../../src/machine/settings.ts';
import { CHROMIUM, html, launch, type Site, site, visit } from '../../support/browser.ts';
import { query } from '../../support/database.ts';
import { type TestServer, testServer } from '../../support/server.ts';

const PACKAGE = new URL('../../../node_modules/@workos-inc/authkit-js/', import.meta.url);
const SDK = readFileSync(fileURLToPath(new URL('dist/index.mjs', PACKAGE)), 'utf8');

const SEED = fileURLToPath(new URL('../../server/workos/authkit/organizations.seed.yaml', import.meta.url));

describe.skipIf(CHROMIUM === undefined).each([
  ['localhost', 'with its tokens in the browser', ''],
  ['127.0.0.1', 'with its tokens in the browser', ''],
  ['localhost', 'with a cookie', 'devMode: false,'],
  ['127.0.0.1', 'with a cookie', 'devMode: false,'],
])('a dashboard on %s, %s', (host, _, mode) => {
  let browser: Browser;
  let server: TestServer;
  let dashboard: Site;
  beforeAll(async () => {
    browser = await launch();
    dashboard = await site((request, response) => {
      if (request.url === '/sdk.js') {
        response.setHeader('Content-Type', 'text/javascript');
        response.end(SDK);
        return;
      }
      html(
        response,
        `<button id="in">Sign in</button><button id="out">Sign out</button><button id="silent">Sign out silently</button>
         <button id="switch">Switch</button><output id="organization"></output>
         <output id="user"></output><output id="refreshes">0</output>
         <script type="module">
           import { createClient } from '/sdk.js';
           const show = (id, text) => { document.getElementById(id).textContent = text; };
           let refreshes = 0;
           const client = await createClient(${JSON.stringify(LOCAL_CLIENT_ID)}, {
             apiHostname: ${JSON.stringify(host)}, port: ${server.running.port}, https: false, redirectUri: location.origin + '/',
             ${mode}
             onRefresh: () => show('refreshes', String(++refreshes)),
           });
           const organization = async () => {
             const token = await client.getAccessToken().catch(() => undefined);
             show('organization', token === undefined ? '' : JSON.parse(atob(token.split('.')[1])).org_id ?? 'none');
           };
           await organization();
           document.getElementById('switch').onclick = async () => {
             await client.switchToOrganization({ organizationId: 'org_difference' });
             await organization();
           };
           document.getElementById('in').onclick = () => client.signIn();
           document.getElementById('out').onclick = () => client.signOut();
           document.getElementById('silent').onclick = async () => {
             await client.signOut({ navigate: false });
             show('user', 'signed out silently');
           };
           show('user', client.getUser()?.email ?? 'nobody'); // last: from here on the buttons do something
         </script>`,
      );
    });
    server = await testServer({
      seed: SEED,
      'access-token-lifetime': '12s',
      'allow-origin': [`http://${host}:${dashboard.port}`],
    });
  });
  afterAll(() => Promise.all([browser.close(), server[Symbol.asyncDispose](), dashboard[Symbol.asyncDispose]()]));

  const open = () => query(server.paths.users, 'SELECT count(*) AS n FROM sessions WHERE ended_at IS NULL')[0]?.n;

  test('signs in, is still signed in after a reload, refreshes by itself, and signs out', async () => {
    await using visitor = await visit(browser);
    const { page } = visitor;
    const user = page.locator('#user');
    const signIn = async () => {
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByLabel('E-mail').first().fill('ada@example.com');
      await page.getByRole('button', { name: 'Continue', exact: true }).click();
      await page.getByRole('button', { name: 'Choose Analytical Engines' }).click();
      await page.locator('#user', { hasText: 'ada@example.com' }).waitFor();
    };
    await page.goto(`http://${host}:${dashboard.port}/`);
    await page.locator('#user', { hasText: 'nobody' }).waitFor();
    await signIn();
    await page.reload();
    await page.locator('#user', { hasText: 'ada@example.com' }).waitFor();
    await page.locator('#organization', { hasText: 'org_analytical' }).waitFor();
    await page.getByRole('button', { name: 'Switch' }).click();
    await page.locator('#organization', { hasText: 'org_difference' }).waitFor();
    const stored = await page.evaluate('JSON.stringify(localStorage)');
    expect(/refresh/.test(String(stored))).toBe(mode === '');
    const before = Number(await page.locator('#refreshes').textContent());
    await page.waitForFunction(`Number(document.getElementById('refreshes').textContent) > ${before}`);
    expect(open()).toBe(1);
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.waitForURL(`http://${host}:${dashboard.port}/`);
    await page.locator('#user', { hasText: 'nobody' }).waitFor();
    expect(open()).toBe(0);
    await signIn();
    await page.getByRole('button', { name: 'Sign out silently' }).click();
    await page.locator('#user', { hasText: 'signed out silently' }).waitFor();
    expect([await user.textContent(), open()]).toEqual(['signed out silently', 0]);
  });
});

/** The example dashboards, as their frameworks build them: signed in, refreshed and signed out in Chromium. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LOCAL_API_KEY, LOCAL_CLIENT_ID } from '../../../src/machine/settings.ts';
import { serverProcess } from '../../support/binary.ts';
import { CHROMIUM, launch, visit } from '../../support/browser.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { dashboard, freePort } from './dashboard.ts';

interface Example {
  readonly example: string;
  readonly redirectVariable: string;
  readonly callback: string;
  readonly start: (port: number) => readonly string[];
}

const EXAMPLES: readonly Example[] = [
  {
    example: 'nextjs',
    redirectVariable: 'NEXT_PUBLIC_WORKOS_REDIRECT_URI',
    callback: '/callback',
    start: (port) => ['--port', String(port)],
  },
  {
    example: 'tanstack-start',
    redirectVariable: 'WORKOS_REDIRECT_URI',
    callback: '/api/auth/callback',
    start: (port) => ['--port', String(port), '--strictPort'],
  },
];

describe.skipIf(CHROMIUM === undefined).each(EXAMPLES)('$example', ({ example, redirectVariable, callback, start }) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  test('signs in by one click, shows workspace and key, stays signed in, and signs out', async () => {
    using directory = temporaryDirectory();
    const port = await freePort();
    const redirectUri = `http://localhost:${port}${callback}`;
    mkdirSync(join(directory.path, 'state'), { mode: 0o700 });
    await using server = await serverProcess([
      ...['--state-dir', join(directory.path, 'state'), '--redirect-uri', redirectUri],
      ...['--access-token-lifetime', '12s'],
    ]);
    const { ready } = server;
    await using shown = await dashboard({
      example,
      port,
      start,
      env: {
        WORKOS_API_HOSTNAME: 'localhost',
        WORKOS_API_PORT: String(ready.port),
        WORKOS_API_HTTPS: 'false',
        WORKOS_CLIENT_ID: LOCAL_CLIENT_ID,
        WORKOS_API_KEY: LOCAL_API_KEY,
        WORKOS_COOKIE_PASSWORD: 'a-cookie-password-of-at-least-32-characters',
        AGENT_PASTE_API_URL: `http://localhost:${ready.port}`,
        [redirectVariable]: redirectUri,
      },
    });
    await using visitor = await visit(browser);
    const { page } = visitor;
    await page.goto(`${shown.url}/`);
    await page.getByRole('link', { name: 'Sign in' }).click();
    await page.getByLabel('E-mail').first().fill('ada@example.com');
    await page.getByRole('button', { name: 'Continue', exact: true }).click();
    await page.getByRole('heading', { name: "ada's Workspace" }).waitFor();
    expect(await page.locator('code').textContent()).toMatch(/^ap_pk_preview_/);
    expect(await page.locator('strong').textContent()).toBe('ada@example.com');

    // The access token lives twelve seconds: until the framework has asked for the next one.
    while (!/\brefreshed\b/.test(server.stderr())) await page.reload();
    await page.getByRole('heading', { name: "ada's Workspace" }).waitFor();
    await page.getByText('Sign out', { exact: true }).click();
    await page.getByRole('link', { name: 'Sign in' }).waitFor();
    expect(page.url()).toBe(`${shown.url}/`);
    expect(server.stderr()).toContain('signed_out');

    await page.getByRole('link', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Continue as ada@example.com' }).click();
    await page.getByRole('heading', { name: "ada's Workspace" }).waitFor();
    expect(await page.locator('code').textContent()).toBe('shown at the first sign-in');
  });
});

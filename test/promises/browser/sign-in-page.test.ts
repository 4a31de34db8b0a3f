/** The page of the sign-in in a real browser: by mouse, by keyboard, without script, and with assistive technology. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LOCAL_CLIENT_ID } from '../../../src/machine/settings.ts';
import { newUser } from '../../../src/workos/users.ts';
import { accessibilityProblems, CHROMIUM, html, launch, type Site, site, visit } from '../../support/browser.ts';
import { query } from '../../support/database.ts';
import { type TestServer, testServer } from '../../support/server.ts';
import { authorizeQuery } from '../../support/sign-in.ts';

const SEED = fileURLToPath(new URL('organizations.seed.yaml', import.meta.url));
const PICTURE = fileURLToPath(new URL('../../../docs/pictures/sign-in.png', import.meta.url));

describe.skipIf(CHROMIUM === undefined)('the page in Chromium', () => {
  let browser: Browser;
  let server: TestServer;
  let dashboard: Site;
  beforeAll(async () => {
    [browser, server, dashboard] = await Promise.all([
      launch(),
      testServer({ seed: SEED }),
      site((_, response) => html(response, '<h1>Dashboard</h1>')),
    ]);
    const at = new Date().toISOString();
    server.users.add({ ...newUser('user_ada', 'ada@example.com', at), first_name: 'Ada', last_name: 'Lovelace' });
    server.users.add(newUser('user_grace', 'grace@example.com', at));
  });
  afterAll(() => Promise.all([browser.close(), server[Symbol.asyncDispose](), dashboard[Symbol.asyncDispose]()]));

  const url = (changed: Record<string, string> = {}) => {
    const redirect_uri = `http://localhost:${dashboard.port}/callback`;
    return `http://localhost:${server.running.port}/user_management/authorize?${authorizeQuery({ redirect_uri, ...changed })}`;
  };
  const deviceCode = async () => {
    const body = new URLSearchParams({ client_id: LOCAL_CLIENT_ID });
    const response = await fetch(`${server.url}/user_management/authorize/device`, { method: 'POST', body });
    return ((await response.json()) as { user_code: string }).user_code;
  };
  const codes = () => Number(query(server.paths.users, 'SELECT count(*) AS n FROM authorization_codes')[0]?.n);
  const CALLBACK = /\/callback\?code=[\w-]{43}/;

  test.each(['light', 'dark'] as const)(
    'has no accessibility problem and no console message, %s',
    async (colorScheme) => {
      await using visitor = await visit(browser, { colorScheme, viewport: { width: 320, height: 640 } });
      const { page } = visitor;
      const look = async () => {
        expect(await accessibilityProblems(page)).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
        const small = await page.evaluate(
          `[...document.querySelectorAll('button, input:not([type=hidden]):not([type=checkbox]), summary, a')].filter((each) => each.getBoundingClientRect().height < 44).length`,
        );
        expect(small).toBe(0);
      };
      await page.goto(url());
      await look();
      await page.goto(url({ screen_hint: 'sign-up' }));
      await look();
      await page.getByRole('button', { name: 'Create user' }).click();
      await page.getByText('Enter an e-mail address').waitFor();
      await page.waitForFunction("document.activeElement.id === 'new_email'");
      await look();
      const errors = visitor.messages.filter((text) => !text.includes('400 (Bad Request)'));
      expect(errors).toEqual([]);
      await page.goto(url({ client_id: 'client_other' }));
      await look();
      await page.goto(url());
      await page.getByText('Make this sign-in fail').click();
      await look();
      await page.getByRole('button', { name: 'Continue as cleo@example.com' }).click();
      await page.getByRole('heading', { name: 'Verify your address' }).waitFor();
      await look();
      await page.getByLabel('Code').fill('abcdef');
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.getByText('Invalid code.').waitFor();
      await page.waitForFunction("document.activeElement.id === 'code'");
      await look();
      await page.goto(url());
      await page.getByRole('button', { name: 'Continue as bo@example.com' }).click();
      await page.getByRole('heading', { name: 'Choose an organization' }).waitFor();
      await look();
      await page.goto(`http://localhost:${server.running.port}/device?user_code=BCDF`);
      await page.waitForFunction("document.activeElement.id === 'user_code'");
      await look();
      await page.goto(`http://localhost:${server.running.port}/device?user_code=${await deviceCode()}`);
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
      await look();
    },
  );

  /** `UPDATE_PICTURES=1 npx vitest run test/promises/browser` takes it again. */
  test('has its picture in the documents', async () => {
    await using visitor = await visit(browser, { colorScheme: 'light', viewport: { width: 520, height: 900 } });
    await visitor.page.goto(url());
    if (process.env.UPDATE_PICTURES !== undefined) await visitor.page.screenshot({ path: PICTURE, fullPage: true });
    expect(existsSync(PICTURE)).toBe(true);
  });

  test('signs in by one click, and tells the dashboard nothing of where it came from', async () => {
    await using visitor = await visit(browser);
    await visitor.page.goto(url({ state: 'kept' }));
    await visitor.page.getByRole('button', { name: 'Continue as ada@example.com' }).click();
    await visitor.page.waitForURL(CALLBACK);
    expect(new URL(visitor.page.url()).searchParams.get('state')).toBe('kept');
    const arrivals = dashboard.visits.filter(({ url: path }) => path.startsWith('/callback'));
    expect(arrivals.map(({ referer }) => referer)).toEqual(arrivals.map(() => undefined));
    expect(visitor.messages.filter((text) => !text.includes('favicon'))).toEqual([]);
  });

  test('verifies an address, chooses an organization and signs a device in, without script', async () => {
    await using visitor = await visit(browser, { javaScriptEnabled: false });
    const { page } = visitor;
    await page.goto(url({ screen_hint: 'sign-up' }));
    await page.getByLabel('E-mail').first().fill('steps@example.com');
    await page.getByLabel('Leave the address unverified').check();
    await page.getByRole('button', { name: 'Create user' }).click();
    await page.getByLabel('Code').fill(server.mails.at(-1)?.code ?? '');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.waitForURL(CALLBACK);
    await page.goto(`http://localhost:${server.running.port}/device`);
    await page.getByLabel('Code').fill((await deviceCode()).toLowerCase());
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Continue as bo@example.com' }).click();
    await page.getByRole('button', { name: 'Choose Difference Works' }).click();
    await page.getByRole('heading', { name: 'The device is signed in' }).waitFor();
  });

  test('signs in by keyboard alone', async () => {
    await using visitor = await visit(browser);
    await visitor.page.goto(url());
    const { keyboard } = visitor.page;
    const focused = () => visitor.page.evaluate('document.activeElement.id');
    for (let presses = 0; (await focused()) !== 'email' && presses < 20; presses++) await keyboard.press('Tab');
    await keyboard.type('keyboard@example.com');
    await keyboard.press('Enter');
    await visitor.page.waitForURL(CALLBACK);
    expect(server.users.findByEmail('keyboard@example.com')).toBeDefined();
  });

  test('signs up, and denies, without script', async () => {
    await using visitor = await visit(browser, { javaScriptEnabled: false });
    const { page } = visitor;
    await page.goto(url({ screen_hint: 'sign-up' }));
    await page.getByLabel('E-mail').first().fill('new@example.com');
    await page.getByLabel('First name').fill('New');
    await page.getByRole('button', { name: 'Create user' }).click();
    await page.waitForURL(CALLBACK);
    expect(server.users.findByEmail('new@example.com')).toMatchObject({ first_name: 'New' });
    await page.goto(url());
    await page.getByRole('button', { name: 'Deny' }).click();
    await page.waitForURL(/error=access_denied/);
  });

  test.each([0, 40, 150])('makes one code of a double click, %i ms apart', async (delay) => {
    await using visitor = await visit(browser);
    await visitor.page.goto(url());
    const before = codes();
    const button = visitor.page.getByRole('button', { name: 'Continue as grace@example.com' });
    await button.dblclick({ delay, noWaitAfter: true });
    await visitor.page.waitForURL(CALLBACK);
    expect(codes()).toBe(before + 1);
  });

  test('can be sent again after Back, and in two tabs', async () => {
    await using visitor = await visit(browser);
    const { page } = visitor;
    const other = await page.context().newPage();
    await page.goto(url());
    await other.goto(url({ state: 'other' }));
    for (const tab of [page, other]) {
      await tab.getByRole('button', { name: 'Continue as ada@example.com' }).click();
      await tab.waitForURL(CALLBACK);
    }
    const first = page.url();
    await page.goBack();
    await page.getByRole('button', { name: 'Continue as ada@example.com' }).click();
    await page.waitForURL((to) => CALLBACK.test(to.href) && to.href !== first);
  });
});

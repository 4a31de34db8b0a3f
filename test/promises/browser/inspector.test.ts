/** The inspector in a real browser: live, by link, by keyboard, and without its server. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type OpenedInspector, openedInspector } from '../../inspector/web/opened.ts';
import { CHROMIUM, launch, visit } from '../../support/browser.ts';
import { type InspectedVisit, inspect, rows } from './inspected.ts';

const picture = (name: string) => fileURLToPath(new URL(`../../../docs/pictures/${name}.png`, import.meta.url));

/** What a picture shows: all of the width, and as much of the height as says what it is about. */
const PART = { x: 0, y: 0, width: 1440, height: 560 };

describe.skipIf(CHROMIUM === undefined)('the inspector in Chromium', () => {
  let browser: Browser;
  let inspector: OpenedInspector;
  let visitor: InspectedVisit | undefined;
  const opened = async (path: string) => {
    visitor = await inspect(browser, inspector);
    await visitor.open(path);
    return visitor.page;
  };
  beforeAll(async () => {
    [browser, inspector] = await Promise.all([launch(), openedInspector(['--hold', 'before-commit=200ms'])]);
    const token = await inspector.mint('--email', 'ada@example.com', '--jti', 'jti_race');
    await Promise.all(Array.from({ length: 64 }, async () => (await inspector.post(token)).text()));
    const expired = await inspector.mint('--email', 'ada@example.com', '--fault', 'expired');
    await inspector.post(expired, { 'x-request-id': 'request_expired' });
    const other = await inspector.mint('--email', 'ada@example.com', '--fault', 'iss-other-form');
    await inspector.post(other, { 'x-request-id': 'request_issuer' });
    await inspector.written(66);
  });
  afterAll(async () => {
    await browser?.close();
    await inspector?.[Symbol.asyncDispose]();
  });
  afterEach(async () => {
    const left = visitor;
    visitor = undefined;
    if (left === undefined) return;
    // Whatever was done: nothing was asked for elsewhere, and the policy forbade nothing that the page does.
    expect([...left.origins]).toEqual([`http://127.0.0.1:${inspector.port}`]);
    expect(left.messages.filter((text) => !/Failed to load resource/.test(text))).toEqual([]);
    await left[Symbol.asyncDispose]();
  });

  test('takes the key out of the address, keeps it for later tabs, and sends it as a header alone', async () => {
    const page = await opened('/callbacks/request_expired?outcome=refused');
    await page.getByRole('heading', { name: 'Refused: the token has expired' }).waitFor();
    expect(page.url()).toBe(`http://127.0.0.1:${inspector.port}/callbacks/request_expired?outcome=refused`);
    expect(await page.evaluate('JSON.stringify(localStorage)')).toBe(
      JSON.stringify({ 'agent-paste-inspector-key': inspector.key }),
    );
    expect(await page.context().cookies()).toEqual([]);
    const tab = await page.context().newPage();
    await tab.goto(`http://127.0.0.1:${inspector.port}/callbacks/request_issuer`);
    await tab.getByRole('heading', { name: /^Refused: the token comes from another issuer/ }).waitFor();
  });

  test.each([
    ['without a key', '/members', 'This page needs the key of the running inspector'],
    ['with the key of an earlier run', `/#key=${'a'.repeat(43)}`, 'The key is of an earlier run'],
  ])('says %s which link to open, and begins when it is opened in the same tab', async (_, path, heading) => {
    await using visitor = await visit(browser);
    await visitor.page.goto(`http://127.0.0.1:${inspector.port}${path}`);
    await visitor.page.getByRole('heading', { name: heading }).waitFor();
    await visitor.page.getByText('agent-paste inspect --web').waitFor();
    await visitor.page.goto(`http://127.0.0.1:${inspector.port}${path.split('#')[0]}#key=${inspector.key}`);
    await visitor.page.getByText('Live', { exact: true }).waitFor();
    await visitor.page
      .getByRole('main')
      .getByText('ada@example.com')
      .or(visitor.page.getByText('66 callbacks'))
      .first()
      .waitFor();
  });

  test('shows a callback when it arrives, in its place and on the time bars', async () => {
    const page = await opened('/callbacks');
    await rows(page).first().waitFor();
    const token = await inspector.mint('--email', 'live@example.com');
    await inspector.post(token, { 'x-request-id': 'request_live' });
    const row = page.getByRole('row', { name: /provisioned live@example\.com/ });
    await row.waitFor();
    await row.click();
    await page.getByRole('heading', { name: /^Provisioned: / }).waitFor();
    expect(page.url()).toContain('/callbacks/request_live');
    expect(await page.getByRole('img', { name: /^What happened/ }).getAttribute('aria-label')).toContain(
      'API to client: 200 provisioned',
    );
    await page.getByText('ap_pk_preview_').first().waitFor();
  });

  test('shows a refused callback with what was expected, its checks, its token and what to do', async () => {
    const page = await opened('/callbacks/request_issuer');
    const received = page.getByRole('region', { name: 'What was expected, and what to do' });
    await received.getByText('It would be accepted with').waitFor();
    expect(await received.locator('mark').textContent()).toMatch(/^\/user_management\/client_/);
    expect(await received.getByText(/^WORKOS_ISSUER=/).count()).toBe(1);
    const checks = page.getByRole('region', { name: 'Checks' }).getByRole('listitem');
    expect(await checks.count()).toBe(17);
    expect(await checks.filter({ hasText: 'failed' }).textContent()).toContain('issuer');
    const claims = page.getByRole('region', { name: 'Token' });
    await claims.getByText('signed by a key of the set').waitFor();
    await claims.getByRole('row', { name: /^exp \d+ in [45] min/ }).waitFor();
    await page.getByRole('region', { name: 'Answer' }).getByText('"issuer_mismatch"').waitFor();
    await page.getByRole('button', { name: 'Table' }).click();
    expect(page.url()).toContain('tab=table');
    await page.getByRole('cell', { name: 'verify' }).first().waitFor();
  });

  test('draws 64 at once as one leader and 63 that waited, with one verdict on the bytes', async () => {
    const page = await opened('/records');
    await page.getByRole('link', { name: 'workos-jti:jti_race' }).click();
    await page.getByText(/^64 callbacks, 1 answer\.$/).waitFor();
    await page.getByText(/^One provisioned, 63 waited for it: all 64 got the same \d+ bytes$/).waitFor();
    const race = page.getByRole('img', {
      name: '64 callbacks of one key on a time axis, one committed, 29 waited for it',
    });
    await race.getByText('… 34 like #2').waitFor();
    expect(
      await page
        .getByRole('table', { name: 'What came back, in the order of arrival' })
        .getByText('=', { exact: true })
        .count(),
    ).toBe(29);
    await page.getByRole('img', { name: /^Life of the record: / }).waitFor();
    await page.getByRole('button', { name: 'Table' }).click();
    expect(await page.getByRole('table', { name: 'Callbacks of the key, oldest first' }).getByRole('row').count()).toBe(
      65,
    );
  });

  /** `UPDATE_PICTURES=1 npx vitest run test/promises/browser/inspector.test.ts` takes them again. */
  test.each([
    ['inspector-callback', '/callbacks/request_issuer?outcome=refused', 'What happened'],
    ['inspector-race', '/records/workos-jti:jti_race', 'Life of the record'],
  ])('has its picture %s in the documents', async (name, path, text) => {
    const page = await opened(path);
    await page.getByText(text).first().waitFor();
    await (path.startsWith('/callbacks') ? rows(page) : page.getByText('commit', { exact: true })).first().waitFor();
    if (process.env.UPDATE_PICTURES !== undefined) await page.screenshot({ path: picture(name), clip: PART });
    expect(existsSync(picture(name))).toBe(true);
  });

  test('tells the story of a member, two clicks from the list', async () => {
    const page = await opened('/members');
    await page.getByRole('link', { name: 'ada@example.com' }).click();
    await page.getByRole('img', { name: /^Story of the member on a time axis: / }).waitFor();
    await page.getByRole('table', { name: 'Callbacks of the member' }).getByText('expired', { exact: true }).waitFor();
  });

  test('finds by address, by id and by reason, and every view is a link', async () => {
    const page = await opened('/callbacks');
    const search = page.getByRole('searchbox', { name: 'Search' });
    await search.fill('ada@example.com');
    await page.waitForURL(/email=ada%40example\.com/);
    await page.getByRole('button', { name: 'Remove the filter e-mail ada@example.com' }).click();
    await search.fill('request_is');
    await page.getByRole('link', { name: 'request_issuer' }).waitFor();
    await search.fill('expired');
    await page.getByText('only callbacks that were refused for it').waitFor();
    await page.getByRole('link', { name: 'expired', exact: true }).click();
    await expect.poll(() => rows(page).count()).toBe(1);
    await page.reload();
    await expect.poll(() => rows(page).count()).toBe(1);
    await page.getByRole('button', { name: /^provisioned/ }).click();
    await page.getByRole('heading', { name: 'No callback matches' }).waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await rows(page).first().waitFor();
  });

  test('works by keyboard alone', async () => {
    const page = await opened('/callbacks');
    await rows(page).first().waitFor();
    const { keyboard } = page;
    await keyboard.press('j');
    await page.waitForURL(/\/callbacks\/\w+/);
    const first = page.url();
    await keyboard.press('ArrowDown');
    await expect.poll(() => page.url()).not.toBe(first);
    await keyboard.press('k');
    await expect.poll(() => page.url()).toBe(first);
    expect(await page.getByRole('row', { selected: true }).count()).toBe(1);
    await keyboard.press('4');
    await page.waitForURL(/outcome=refused/);
    await keyboard.press('4');
    await keyboard.press('Escape');
    await page.waitForURL(/\/callbacks$/);
    await keyboard.press('/');
    await page.waitForFunction("document.activeElement.type === 'search'");
    await keyboard.type('request_exp');
    await page.getByRole('link', { name: 'request_expired' }).waitFor();
    await keyboard.press('Escape');
    await keyboard.press('g');
    await keyboard.press('r');
    await page.waitForURL(/\/records$/);
    await keyboard.press('?');
    await page.getByRole('dialog').getByText('previous, next callback of the same key').waitFor();
    await page.getByRole('checkbox', { name: 'single keys are on' }).uncheck();
    await keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await keyboard.press('g');
    await keyboard.press('m');
    expect(page.url()).toMatch(/\/records$/);
  });

  test('moves within a key, and back', async () => {
    const page = await opened('/callbacks?outcome=provisioned&email=ada@example.com');
    await rows(page).first().click();
    await page.getByRole('heading', { name: /^Provisioned: / }).waitFor();
    await page.keyboard.press(']');
    await page.getByRole('heading', { name: /^Replayed: / }).waitFor();
    await page.keyboard.press('[');
    await page.getByRole('heading', { name: /^Provisioned: / }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: /^Replayed: / }).waitFor();
  });

  test('reads no stream while it is hidden, and what came meanwhile when it is shown again', async () => {
    const page = await opened('/callbacks');
    await rows(page).first().waitFor();
    const ended = page.waitForEvent('requestfailed', (request) => request.url().includes('/api/callbacks/stream'));
    const turn = (state: string) =>
      page.evaluate(
        `Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => '${state}' });
         document.dispatchEvent(new Event('visibilitychange'))`,
      );
    await turn('hidden');
    await ended;
    await inspector.post(await inspector.mint('--email', 'meanwhile@example.com'));
    await turn('visible');
    await page.getByRole('row', { name: /meanwhile@example\.com/ }).waitFor();
  });

  test('draws no row that is not near the window, and reads older ones as they are scrolled to', async () => {
    const page = await opened('/callbacks');
    for (let round = 0; round < 10; round++)
      await Promise.all(Array.from({ length: 24 }, () => inspector.post(undefined)));
    const grid = page.getByRole('grid');
    await expect.poll(async () => Number(await grid.getAttribute('aria-rowcount'))).toBeGreaterThan(200);
    expect(await rows(page).count()).toBeLessThan(60);
    await page.reload();
    await expect.poll(() => grid.getAttribute('aria-rowcount')).toBe('201');
    await grid.evaluate((box) => box.scrollTo(0, box.scrollHeight));
    await expect.poll(async () => Number(await grid.getAttribute('aria-rowcount'))).toBeGreaterThan(201);
    expect(await rows(page).count()).toBeLessThan(60);
  });

  test.each([
    ['/callbacks/request_issuers', 'Nothing has this name', 'request_issuer'],
    ['/callbacks/request_', 'This cannot be shown', 'request_issuer'],
    ['/members/%2e%2e%2f', 'There is no such page', 'Overview'],
    ['/nothing', 'There is no such page', 'Overview'],
  ])('says of %s that it names nothing, with what is near', async (path, heading, near) => {
    const page = await opened(path);
    await page
      .getByRole('heading', { name: heading })
      .or(page.getByRole('heading', { name: 'Nothing has this name' }))
      .first()
      .waitFor();
    await page.getByText(near).first().waitFor();
  });
});

test.skipIf(CHROMIUM === undefined)(
  'shows that there is no callback yet, and what was there when its server is gone',
  async () => {
    const browser = await launch();
    await using inspector = await openedInspector();
    await using visitor = await inspect(browser, inspector);
    const { page } = visitor;
    await visitor.open('/callbacks');
    await page.getByRole('heading', { name: 'No callback yet' }).waitFor();
    await page.getByText(`curl -X POST ${inspector.server.ready.callback_url}`).waitFor();
    await inspector.post(await inspector.mint('--email', 'ada@example.com'));
    await page.getByRole('row', { name: /provisioned ada@example\.com/ }).click();
    await page.getByRole('heading', { name: /^Provisioned: / }).waitFor();
    await inspector.server.stop();
    const band = page.getByRole('alert');
    await band.getByText(/^The server does not answer, shown is from \d\d:\d\d:\d\d, trying again/).waitFor();
    expect(await page.getByRole('heading', { name: /^Provisioned: / }).count()).toBe(1);
    await browser.close();
  },
);

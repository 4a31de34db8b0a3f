/** The inspector with assistive technology, in every theme and width, and what strangers wrote in it. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenedInspector, openedInspector } from '../../inspector/web/opened.ts';
import { accessibilityProblems, CHROMIUM, launch } from '../../support/browser.ts';
import { inspect } from './inspected.ts';

const SCRIPT = 'globalThis.ran = true';

/** Claims as an attacker would write them. */
const HOSTILE = [
  `<img src=x onerror="${SCRIPT}">`,
  `<script>${SCRIPT}</script>`,
  `javascript:${SCRIPT}`,
  '\u202egnp.exe',
  '\u0085\u009b31m',
  'x\ud800y',
  '\u2028\u2029',
  '{{constructor.constructor("alert(1)")()}}',
  'https://evil.example/steal',
  `"'--></style></title><svg/onload=${SCRIPT}>`,
];

describe.skipIf(CHROMIUM === undefined)('the inspector in Chromium', () => {
  let browser: Browser;
  let inspector: OpenedInspector;
  const key = 'workos-jti:jti_access';
  beforeAll(async () => {
    [browser, inspector] = await Promise.all([launch(), openedInspector()]);
    const token = await inspector.mint('--email', 'ada@example.com', '--jti', 'jti_access');
    for (const id of ['request_first', 'request_again']) await inspector.post(token, { 'x-request-id': id });
    const claims = HOSTILE.map((text, index) => `--claim=hostile_${index}=${JSON.stringify(text)}`);
    const hostile = await inspector.mint('--email', 'mallory@example.com', ...claims, '--claim=__proto__={"x":1}');
    await inspector.post(hostile, { 'x-request-id': 'request_hostile' });
    const unknown = await inspector.mint('--email', 'ada@example.com', '--fault', 'kid-unknown');
    await inspector.post(unknown, { 'x-request-id': 'request_unknown' });
    await inspector.written(4);
  });
  afterAll(async () => {
    await browser?.close();
    await inspector?.[Symbol.asyncDispose]();
  });

  /** With what stands there when its data has come. */
  const PAGES = [
    ['/', 'How tokens are judged'],
    ['/callbacks', 'seen'],
    ['/callbacks/request_again', 'What happened'],
    ['/callbacks/request_unknown?tab=table', 'begins after'],
    ['/members', 'Newest first'],
    ['/members/ada@example.com', 'Story'],
    ['/records', 'Newest first'],
    [`/records/${encodeURIComponent(key)}`, 'Life of the record'],
    ['/signing-keys', 'Named, and not in the set'],
    ['/callbacks/request_no', 'Nothing has this name'],
    ['/nothing', 'There is no such page'],
  ] as const;
  const WIDTHS = [1440, 800, 390];
  const cases = (['light', 'dark'] as const).flatMap((theme) => WIDTHS.map((width) => [theme, width] as const));

  test.each(cases)('has no accessibility problem on any page, %s, %i px', async (colorScheme, width) => {
    await using visitor = await inspect(browser, inspector, { colorScheme, viewport: { width, height: 900 } });
    const { page } = visitor;
    for (const [path, text] of PAGES) {
      await visitor.open(path);
      await page.getByText(text).filter({ visible: true }).first().waitFor();
      expect([path, await accessibilityProblems(page)]).toEqual([path, []]);
      const isWide = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
      expect([path, isWide]).toEqual([path, false]);
    }
  });

  test('keeps its shapes and borders in forced colours', async () => {
    await using visitor = await inspect(browser, inspector, { forcedColors: 'active' });
    await visitor.open('/callbacks/request_unknown');
    await visitor.page.getByRole('heading', { level: 1 }).waitFor();
    expect(await accessibilityProblems(visitor.page)).toEqual([]);
  });

  test('shows hostile claims as text, and runs none of them', async () => {
    await using visitor = await inspect(browser, inspector);
    const { page } = visitor;
    let dialogs = 0;
    page.on('dialog', (dialog) => {
      dialogs += 1;
      void dialog.dismiss();
    });
    for (const path of ['/callbacks/request_hostile', '/members/mallory@example.com', '/callbacks']) {
      await visitor.open(path);
      await page.getByText('mallory@example.com').first().waitFor();
    }
    await visitor.open('/callbacks/request_hostile');
    const token = page.getByRole('region', { name: 'Token' });
    for (const index of HOSTILE.keys())
      await token.getByRole('row', { name: new RegExp(`^hostile_${index} `) }).waitFor();
    await token.getByText(HOSTILE[0] ?? '', { exact: true }).waitFor();
    await token.getByText(String.raw`\u202egnp.exe`).waitFor();
    await token.getByText('__proto__').waitFor();
    expect(await page.evaluate('globalThis.ran')).toBeUndefined();
    expect(await page.locator('main img:not([role]), main script, main iframe').count()).toBe(0);
    expect(await page.locator('a[href^="javascript:"], a[href*="evil.example"]').count()).toBe(0);
    expect({ dialogs, messages: visitor.messages, origins: [...visitor.origins] }).toEqual({
      dialogs: 0,
      messages: [],
      origins: [`http://127.0.0.1:${inspector.port}`],
    });
  });
});

/** Replaying from the page, by keyboard alone: what it would do is told before, and what it did is that. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenedInspector, openedInspector } from '../../inspector/web/opened.ts';
import { accessibilityProblems, CHROMIUM, launch } from '../../support/browser.ts';
import { inspect } from './inspected.ts';

describe.skipIf(CHROMIUM === undefined)('a replay in Chromium', () => {
  let browser: Browser;
  let inspector: OpenedInspector;
  beforeAll(async () => {
    [browser, inspector] = await Promise.all([launch(), openedInspector(['--inspector', 'on'])]);
    const expired = await inspector.mint('--email', 'ada@example.com', '--fault', 'expired');
    await inspector.post(expired, { 'x-request-id': 'request_expired' });
    await inspector.written(1);
  });
  afterAll(async () => {
    await browser?.close();
    await inspector?.[Symbol.asyncDispose]();
  });

  /** Presses Tab until a control with that name has the focus. */
  async function tabTo(page: Page, name: string): Promise<void> {
    for (let presses = 0; presses < 60; presses++) {
      const focused = await page.evaluate(
        "document.activeElement.matches('button') ? document.activeElement.textContent : ''",
      );
      if (String(focused).includes(name)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`no control is named ${name}`);
  }

  test('predicts that a fresh token of a refused sign-in provisions, and is right', async () => {
    await using visitor = await inspect(browser, inspector);
    const { page } = visitor;
    const { keyboard } = page;
    await visitor.open('/callbacks/request_expired');
    await page.getByRole('heading', { name: 'Refused: the token has expired' }).waitFor();
    await keyboard.press('r');
    await page.waitForURL(/\/replay\?of=request_expired$/);
    await page
      .getByText(/^provisioned/)
      .first()
      .waitFor();
    await page.getByText(/^agent-paste mint .* --token -$/).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await tabTo(page, 'Switch sending on');
    await keyboard.press('Enter');
    await page.getByRole('button', { name: 'Sending on', exact: true }).waitFor();
    await tabTo(page, 'Send 1');
    await keyboard.press('Enter');
    await page.getByText('As expected: ').waitFor();
    await page.getByText('1 provisioned', { exact: true }).waitFor();
    expect(await page.evaluate('JSON.stringify(localStorage)')).not.toMatch(/ticket|sending/);
    expect(visitor.messages).toEqual([]);
    await page.reload();
    await page.getByRole('button', { name: 'Read only' }).waitFor();
  });

  test('says which claim has no value, and what a fault would do', async () => {
    await using visitor = await inspect(browser, inspector);
    const { page } = visitor;
    await visitor.open('/replay?email=ada@example.com');
    await page.getByRole('button', { name: '+ exp' }).click();
    const exp = page.getByRole('textbox', { name: 'Value of exp' });
    await exp.fill('tomorrow');
    await page.getByText('must be JSON, or now + 5 min').waitFor();
    await exp.fill('now - 1 min');
    await page.getByText('refused: expired').waitFor();
    await page.getByRole('button', { name: 'Remove exp' }).click();
    await page.getByRole('combobox', { name: 'faults' }).fill('kid-unknown');
    await page.getByText('refused: kid_unknown').waitFor();
    await page.getByRole('combobox', { name: 'faults' }).fill('no-such-fault');
    await page
      .getByText(/no-such-fault/)
      .filter({ visible: true })
      .first()
      .waitFor();
    expect(visitor.messages.filter((text) => !/400 \(Bad Request\)/.test(text))).toEqual([]);
  });
});

test.skipIf(CHROMIUM === undefined)('says why nothing can be sent where the inspector only reads', async () => {
  const browser = await launch();
  await using inspector = await openedInspector();
  await using visitor = await inspect(browser, inspector);
  await visitor.open('/replay');
  await visitor.page.getByText(/^Nothing can be sent from here: /).waitFor();
  expect(await visitor.page.getByRole('button', { name: /Send|Switch/ }).count()).toBe(0);
  await browser.close();
});

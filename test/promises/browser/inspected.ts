/** The page of the inspector, opened with its key in a profile of its own. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { type Visit, visit } from '../../support/browser.ts';

interface Inspected {
  readonly port: number;
  readonly key: string;
}

export interface InspectedVisit extends Visit {
  /** Origins that were asked for anything. */
  readonly origins: Set<string>;
  open(path: string): Promise<void>;
}

export async function inspect(
  browser: Browser,
  { port, key }: Inspected,
  options: BrowserContextOptions = {},
): Promise<InspectedVisit> {
  const visitor = await visit(browser, { viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce', ...options });
  const { page } = visitor;
  const origins = new Set<string>();
  page.on('request', (request) => origins.add(new URL(request.url()).origin));
  const open = async (path: string) => void (await page.goto(`http://127.0.0.1:${port}${path}`));
  await open(`/#key=${key}`);
  await page.getByText('Live', { exact: true }).waitFor();
  return Object.assign(visitor, { origins, open });
}

/** The rows of the list that exist, by their texts. */
export function rows(page: Page) {
  return page
    .getByRole('grid')
    .getByRole('row')
    .filter({ hasNot: page.getByRole('columnheader') });
}

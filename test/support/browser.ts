/** The Chromium of this machine, driven: a browser for each test file, a profile of its own for each test. */
import { existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Where distributions put it; undefined when there is none. */
export const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Names of tests are this machine, and nothing beyond it is reached.
  '--host-resolver-rules=MAP *.test 127.0.0.1, MAP evil.example 127.0.0.1',
];

/** @param features of Chromium that are off, such as `LocalNetworkAccessChecks` */
export function launch(features: readonly string[] = []): Promise<Browser> {
  const disabled = features.length === 0 ? [] : [`--disable-features=${features.join(',')}`];
  return chromium.launch({ executablePath: CHROMIUM ?? '', args: [...FLAGS, ...disabled] });
}

export interface Visit extends AsyncDisposable {
  readonly page: Page;
  /** Everything that the console said, and errors that no code caught. */
  readonly messages: string[];
}

export async function visit(browser: Browser, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(120_000); // against a browser that hangs
  const page = await context.newPage();
  const messages: string[] = [];
  page.on('console', (message) => messages.push(message.text()));
  page.on('pageerror', (error) => messages.push(String(error)));
  return { page, messages, [Symbol.asyncDispose]: () => context.close() };
}

/** What axe-core has against the page, a line each; run in the page, whose policy allows no script of others. */
export async function accessibilityProblems(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

export interface Site extends AsyncDisposable {
  readonly port: number;
  /** Paths that were asked for, with the referrer that came along. */
  readonly visits: readonly { readonly url: string; readonly referer: string | undefined }[];
}

/** A web server on a free port of 127.0.0.1, whatever name it is called by. */
export async function site(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Site> {
  const visits: { url: string; referer: string | undefined }[] = [];
  const server = createServer((request, response) => {
    visits.push({ url: request.url ?? '', referer: request.headers.referer });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    visits,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An HTML answer. */
export function html(response: ServerResponse, body: string): void {
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.end(`<!doctype html><html lang="en"><title>page</title>${body}`);
}

/** What the page of a stranger can make of the sign-in: nothing, with `--sign-in-as` or without it. */
import type { Browser, BrowserContext, Request } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM, html, launch, type Site, site, visit } from '../../support/browser.ts';
import { query } from '../../support/database.ts';
import { type TestServer, testServer } from '../../support/server.ts';
import { authorizeQuery, REDIRECT } from '../../support/sign-in.ts';

/** Each is the body of a stranger's page; TARGET stands for the address of the sign-in. */
const ATTEMPTS: Readonly<Record<string, string>> = {
  'navigation by script': '<script>location.href = "TARGET"</script>',
  'meta refresh': '<meta http-equiv="refresh" content="0;url=TARGET">',
  popup: '<button onclick="window.open(`TARGET`)">go</button>',
  'form POST': '<form method="post" action="TARGET"><input name="email" value="a@b.example"><button>go</button></form>',
  'form POST without referrer':
    '<meta name="referrer" content="no-referrer"><form method="post" action="TARGET"><input name="user" value="user_ada"><button>go</button></form>',
  iframe: '<iframe src="TARGET"></iframe>',
  'sandboxed iframe': '<iframe sandbox="allow-forms allow-scripts" src="TARGET"></iframe>',
  image: '<img src="TARGET" alt="">',
  fetch: '<script>fetch("TARGET", { credentials: "include" }).catch(() => 0)</script>',
  'silent fetch': '<script>fetch("TARGET", { mode: "no-cors", credentials: "include" }).catch(() => 0)</script>',
  'fetch POST':
    '<script>fetch("TARGET", { method: "POST", mode: "no-cors", body: new URLSearchParams({ email: "a@b.example" }) }).catch(() => 0)</script>',
  prefetch: '<link rel="prefetch" href="TARGET">',
  prerender:
    '<script type="speculationrules">{"prerender":[{"source":"list","urls":["TARGET"]}],"prefetch":[{"source":"list","urls":["TARGET"]}]}</script>',
};

const SWITCHED_OFF = ['LocalNetworkAccessChecks', 'BlockInsecurePrivateNetworkRequests'];

/** When the browser has an answer to the attempt, or has given it up. */
async function answered(context: BrowserContext): Promise<void> {
  const isAttempt = (request: Request) => request.url().includes('/user_management/authorize');
  const over = (['requestfinished', 'requestfailed'] as const).map((event) =>
    context.waitForEvent(event as 'requestfinished', isAttempt),
  );
  await Promise.any(over);
}

describe.skipIf(CHROMIUM === undefined).each([
  ['on', []],
  ['off', SWITCHED_OFF],
] as const)('with local-network checks %s, the page of a stranger', (_, features) => {
  let browser: Browser;
  let servers: readonly TestServer[];
  let stranger: Site;
  let target = '';
  beforeAll(async () => {
    browser = await launch(features);
    servers = [await testServer(), await testServer({ 'redirect-uri': [REDIRECT], 'sign-in-as': 'ada@example.com' })];
    stranger = await site((request, response) => {
      const body = ATTEMPTS[decodeURIComponent(new URL(request.url ?? '', 'http://x').pathname.slice(1))] ?? '';
      html(response, body.replaceAll('TARGET', target));
    });
  });
  afterAll(async () => {
    await Promise.all([browser.close(), stranger[Symbol.asyncDispose]()]);
    for (const server of servers) await server[Symbol.asyncDispose]();
  });

  const rows = (server: TestServer) =>
    query(
      server.paths.users,
      `SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM authorization_codes) AS codes,
              (SELECT count(*) FROM sessions) AS sessions`,
    );

  test.each(['localhost', '127.0.0.1'])('is not the dashboard on %s, which signs in without a click', async (host) => {
    await using own = await testServer({
      'redirect-uri': [`http://${host}:*/callback`],
      'sign-in-as': 'ada@example.com',
    });
    const dashboard = `http://${host}:${stranger.port}`;
    const query = authorizeQuery({ redirect_uri: `${dashboard}/callback` });
    target = `http://localhost:${own.running.port}/user_management/authorize?${query}`;
    await using visitor = await visit(browser);
    const { page } = visitor;
    await page.goto(`${dashboard}/${encodeURIComponent('navigation by script')}`, { waitUntil: 'commit' });
    await page.waitForURL(/\/callback\?code=[\w-]{43}$/);
    expect(rows(own)).toEqual([{ users: 1, codes: 1, sessions: 0 }]);
  });

  test.each(Object.keys(ATTEMPTS))('makes nothing by %s', async (name) => {
    for (const server of servers) {
      target = `http://localhost:${server.running.port}/user_management/authorize?${authorizeQuery()}`;
      const before = server.logged.length;
      await using visitor = await visit(browser);
      const { page } = visitor;
      const asked = answered(page.context());
      await page.goto(`http://evil.example:${stranger.port}/${encodeURIComponent(name)}`, { waitUntil: 'commit' });
      const button = page.getByRole('button', { name: 'go' });
      if (/<button/.test(ATTEMPTS[name] ?? '')) await button.click();
      await asked;
      // What arrives, arrives before this: a request of the same browser.
      const last = await page.context().newPage();
      await last.goto(`http://localhost:${server.running.port}/healthz`);
      expect(rows(server)).toEqual([{ users: 0, codes: 0, sessions: 0 }]);
      const told = server.logged.slice(before).filter(({ path }) => path.includes('authorize'));
      for (const { status, outcome } of told)
        expect([200, 403]).toContain(status === 200 && outcome !== 'page' ? 0 : status);
    }
  });
});

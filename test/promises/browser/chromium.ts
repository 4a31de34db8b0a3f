/** A headless Chromium, where one is installed, and a page of another origin that reports what it could do. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { temporaryDirectory } from '../../support/directory.ts';

/** Where distributions put it; undefined when there is none. */
export const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Every name is this machine, as after DNS rebinding, and nothing beyond it is reached.
  '--host-resolver-rules=MAP * 127.0.0.1',
];

export interface Page extends AsyncDisposable {
  /** Of the page, under a name that is not the server's. */
  readonly origin: string;
  /** Runs the body of an async function in the page and gives what it returns, as JSON has it. */
  run(script: string): Promise<unknown>;
}

/** Serves a page on a port of its own, to be opened in a browser. */
export async function pageOfAnotherOrigin(): Promise<Page> {
  const reports = new Map<string, (report: unknown) => void>();
  const scripts = new Map<string, string>();
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://page.test');
    if (request.method === 'POST') {
      reports.get(pathname)?.(JSON.parse(await text(request)));
      response.end();
      return;
    }
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><title>page</title><body><script type="module">
      const run = async () => { ${scripts.get(pathname) ?? ''} };
      const report = await run().catch((error) => ({ broken: String(error) }));
      await fetch(location.pathname, { method: 'POST', body: JSON.stringify(report) });
    </script>`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://page.test:${(server.address() as AddressInfo).port}`;
  let pages = 0;

  return {
    origin,
    async run(script) {
      const path = `/${pages++}`;
      scripts.set(path, script);
      const report = new Promise((resolve) => reports.set(path, resolve));
      using profile = temporaryDirectory();
      const child = spawn(CHROMIUM ?? '', [...FLAGS, `--user-data-dir=${profile.path}`, `${origin}${path}`], {
        stdio: 'ignore',
        detached: true, // a group of its own, which ends with all its helpers
      });
      const closed = once(child, 'close');
      const ended = closed.then(([code]) => Promise.reject(new Error(`Chromium ended with ${code}`)));
      try {
        return await Promise.race([report, ended]);
      } finally {
        ended.catch(() => undefined);
        if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
        await closed;
      }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

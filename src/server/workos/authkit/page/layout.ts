/** The parts of every page of the sign-in: document, style, headers. */
import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import { answer, type RequestOf } from '../../../http/answers.ts';
import { STYLE } from './style.ts';

export type Html = ReturnType<typeof html>;

/** Hidden ones, by name. */
export type Fields = Readonly<Record<string, string>>;

export function hiddenFields(fields: Fields): Html {
  const inputs = Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  return html`${inputs}`;
}

export interface Page {
  readonly title: string;
  readonly body: Html;
  readonly status?: number;
  /** Where the answer to a form may redirect, besides this server; see `formTarget`. */
  readonly formTarget?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Ignores the second click of a double click. A page that the browser restores from its cache may be sent again. */
const SCRIPT = `addEventListener('submit', (event) => { const { dataset } = event.target; if (dataset.sent) event.preventDefault(); dataset.sent = 'yes'; });
addEventListener('pageshow', () => { for (const form of document.forms) delete form.dataset.sent; });`;

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const SOURCES = `style-src ${hashOf(STYLE)}; script-src ${hashOf(SCRIPT)}`;

export async function pageAnswer(c: RequestOf, { title, body, status = 200, formTarget, headers }: Page) {
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · agent-paste</title>
<link rel="icon" href="data:,">
<style>${raw(STYLE)}</style>
<script>${raw(SCRIPT)}</script>
</head>
<body>
<main>
${body}
</main>
<footer><p>This page is local: <strong>agent-paste</strong> plays WorkOS AuthKit on this machine. It checks no password.</p></footer>
</body>
</html>
`;
  return answer(c, status, String(await document), { ...headersOf(formTarget), ...headers });
}

/** Instead of those of the API: `no-referrer` would make the `Origin` of a form `null`. */
function headersOf(formTarget: string | undefined): Record<string, string> {
  const targets = formTarget === undefined ? "'self'" : `'self' ${formTarget}`;
  return {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': `default-src 'none'; ${SOURCES}; img-src data:; form-action ${targets}; base-uri 'none'; frame-ancestors 'none'`,
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'same-origin',
    'Cross-Origin-Opener-Policy': 'same-origin',
  };
}

/** `form-action` also covers a redirect after a form: its origin, or the scheme of an app. */
export function formTarget(redirectUri: string): string {
  const { origin, protocol } = new URL(redirectUri);
  return origin === 'null' ? protocol : origin;
}

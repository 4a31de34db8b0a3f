/** The address of the API, opened in a browser: where things are. */
import { answer, type RequestOf } from '../http/answers.ts';

/** @param inspector the origin of its page, without the key */
export function homePage(c: RequestOf, inspector: string | undefined): Response {
  const routes = [
    ['POST /v1/auth/web/callback', 'the sign-in callback'],
    ['GET /openapi.json', 'every route of the API'],
    ['GET /local/verifier', 'the settings by which tokens are judged'],
    ['GET /healthz', 'whether the server runs'],
  ];
  const rows = routes.map(([route, says]) => `<dt><code>${route}</code></dt><dd>${says}</dd>`).join('\n');
  const page =
    inspector === undefined
      ? '<p>No inspector runs: <code>agent-paste serve --inspector on</code> shows what callbacks did.</p>'
      : `<p>The inspector is at <a href="${inspector}/">${inspector}</a>; <code>agent-paste inspect --web</code> prints its link with the key.</p>`;
  const body = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>agent-paste</title>
<h1>agent-paste</h1>
<p>This is an API: it has no pages of its own.</p>
<dl>
${rows}
</dl>
${page}
</html>
`;
  return answer(c, 200, body, { 'Content-Type': 'text/html; charset=utf-8', Vary: 'Accept' });
}

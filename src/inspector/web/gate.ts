/**
 * Which requests reach the inspector. Any page in a browser of this machine can send requests to it, also under a name
 * that was rebound to 127.0.0.1, and a cookie would go to every other port of it. So nothing that a browser sends by
 * itself grants anything: whatever has data needs the key in a header.
 */
import type { IncomingMessage } from 'node:http';
import { Refusal } from './refusal.ts';

/** The names by which the page may be reached. */
const NAMES = ['127.0.0.1', 'localhost'];
const METHODS = ['GET', 'HEAD', 'POST'];

export type Gated = Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders'>;

/** @returns the path with its query. @throws Refusal 400, 403, 405, 421 */
export function passGate(request: Gated, port: number): URL {
  const { method = '', url: target = '' } = request;
  const host = only(request, 'host');
  if (host === undefined || !NAMES.some((name) => host === `${name}:${port}`))
    throw new Refusal(421, 'host_not_allowed', 'the inspector does not answer to that Host');
  if (!target.startsWith('/') || target.startsWith('//') || target.includes('\\'))
    throw new Refusal(400, 'invalid_request', 'the target must be a path');
  if (!METHODS.includes(method)) throw new Refusal(405, 'method_not_allowed', 'the inspector takes GET and POST only');
  const url = new URL(target, `http://${host}`);
  refuseForeignPages(request, `http://${host}`, url);
  return url;
}

function refuseForeignPages(request: Gated, own: string, { pathname }: URL): void {
  const { method } = request;
  const origin = only(request, 'origin');
  if (origin === undefined ? valuesOf(request, 'origin').length > 0 : origin !== own)
    throw new Refusal(403, 'forbidden', 'pages of other origins may not call the inspector');
  if (method === 'POST' && origin === undefined)
    throw new Refusal(403, 'forbidden', 'a POST must have the Origin of the page');
  const sites = valuesOf(request, 'sec-fetch-site');
  if (sites.length === 0 || (sites.length === 1 && ['same-origin', 'none'].includes(sites[0] ?? ''))) return;
  // A link in a ticket opens the shell: always the same bytes, without data.
  const isNavigation = only(request, 'sec-fetch-mode') === 'navigate' && only(request, 'sec-fetch-dest') === 'document';
  if (method !== 'GET' || !isNavigation || !isShellPath(pathname))
    throw new Refusal(403, 'forbidden', 'pages of other sites may not call the inspector');
}

/** Everything that is neither data nor a file of the page. */
export function isShellPath(path: string): boolean {
  return !/^\/(?:api|assets)(?:\/|$)/.test(path);
}

/** The value of a header that is there once. */
export function only(request: Gated, name: string): string | undefined {
  const values = valuesOf(request, name);
  return values.length === 1 ? values[0] : undefined;
}

/** Node joins or drops a header that is there twice, so they are read as they came. */
function valuesOf({ rawHeaders }: Gated, name: string): readonly string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}

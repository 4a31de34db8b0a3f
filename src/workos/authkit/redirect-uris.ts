/** The allowed redirect URIs: an open redirect would give a sign-in to an attacker. */

import { isLoopback } from '../../machine/values/network.ts';
import { NEVER_SCHEMES, type RedirectPattern } from '../../machine/values/redirect-uri.ts';

const MAX_LENGTH = 2000;

/** The parsed URL, so that the comparison uses what a browser would open; undefined for a URI that is not accepted. */
export function parseRedirectUri(text: string): URL | undefined {
  if (text.length > MAX_LENGTH || /[\p{C}\p{Z}\\#]|%00/u.test(text)) return undefined;
  // `http:localhost` and `http:///localhost` also parse, and a parsed URL does not show an empty user before the host.
  if (/^https?:(?!\/\/[^/])/i.test(text) || /^[^/?]*:\/\/[^/?]*@/.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return NEVER_SCHEMES.includes(url.protocol) ? undefined : url;
}

/** A dashboard reads the first of two: one that the URI brought along must not pass for an answer of ours. */
const OF_AN_ANSWER = /^(?:code|state|error|error_description)$/;

/** The URI with its own query, followed by the parameters of an answer. */
export function withParameters(uri: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const added = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  const [page, query = ''] = uri.split(/\?(.*)/s);
  const own = query.split('&').filter((pair) => pair !== '' && !OF_AN_ANSWER.test(nameOf(pair)));
  return `${page}?${[...own, ...added].join('&')}`;
}

function nameOf(pair: string): string {
  return [...new URLSearchParams(pair).keys()].join();
}

/** Without a list, any port and path of this machine is allowed. */
export function isAllowed(url: URL, patterns: readonly RedirectPattern[]): boolean {
  if (patterns.length === 0) return /^https?:$/.test(url.protocol) && isLoopback(url.hostname);
  return patterns.some((pattern) => matches(url, pattern));
}

/** Whether an allowed redirect URI has this origin. A sign-out may redirect there. */
export function isAllowedOrigin(url: URL, patterns: readonly RedirectPattern[]): boolean {
  if (patterns.length === 0) return isAllowed(url, patterns);
  return patterns.some((pattern) => matchesOrigin(url, pattern));
}

function matches(url: URL, pattern: RedirectPattern): boolean {
  return matchesOrigin(url, pattern) && `${url.pathname}${url.search}` === pattern.rest;
}

function matchesOrigin(url: URL, { scheme, host, port }: RedirectPattern): boolean {
  return url.protocol === scheme && (port === '*' || url.port === port) && matchesHost(url.hostname, host);
}

/** `*` matches one label. */
function matchesHost(name: string, host: string): boolean {
  if (!host.startsWith('*.')) return name === host;
  const label = name.slice(0, -(host.length - 1));
  return name.endsWith(host.slice(1)) && /^[a-z0-9_-]+$/.test(label);
}

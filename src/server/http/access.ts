/**
 * Which requests may reach this server. Any page in a browser of this machine can send requests to it. A page of another
 * site, or one whose host name was rebound to 127.0.0.1, must be refused (docs/architecture.md, Localhost).
 */
import { ApiError } from '../../errors/api-error.ts';
import { problemWith } from '../../machine/values/form.ts';
import { hostHeader } from '../../machine/values/network.ts';

export interface AccessSettings {
  /** The `host:port` values by which a Host header may name this server, see `hostName`; filled once the port is known. */
  readonly hosts: ReadonlySet<string>;
  /** Origins whose pages may call, as `--allow-origin` names them. */
  readonly origins: ReadonlySet<string>;
}

export interface AccessRequest {
  readonly url: string;
  /** Version of HTTP; undefined for a request that came without a socket. */
  readonly version?: string | undefined;
  readonly header: (name: string) => string | undefined;
}

export const NO_CORS: Readonly<Record<string, string>> = {};

/** A Host header in the form of the list of hosts: without port 80. */
export function hostName(host: string): string {
  return host.toLowerCase().replace(/:80$/, '');
}

/** @returns the name by which this server was called. @throws ApiError invalid_request (400), host_not_allowed (421) */
export function checkHost({ url, version, header }: AccessRequest, hosts: ReadonlySet<string>): string {
  if (version === '1.1' && header('host') === undefined)
    // RFC 9112 section 3.2
    throw new ApiError('invalid_request', 'an HTTP/1.1 request must name a Host');
  const host = hostName(header('host') ?? '');
  // Two Host headers arrive joined, which is not a valid name. An absolute request target may name another host or a user.
  const target = new URL(url);
  if (!hosts.has(host) || target.host !== host || target.username !== '' || target.password !== '') {
    throw new ApiError('host_not_allowed', 'this server does not answer to that Host; allow it with --allow-host', {
      received: host,
      remedy: allowingHost(host),
    });
  }
  return host;
}

/** @returns the CORS headers for the answer. @throws ApiError host_not_allowed (421), forbidden (403) */
export function checkAccess(
  request: AccessRequest,
  { hosts, origins }: AccessSettings,
): Readonly<Record<string, string>> {
  const host = checkHost(request, hosts);
  const { header } = request;
  refusePrefetch(header);
  const origin = header('origin');
  if (origin !== undefined && origins.has(origin)) return corsHeaders(origin);
  if (origin !== undefined && origin !== `http://${host}`) {
    throw new ApiError('forbidden', 'pages of that origin may not call this server; allow it with --allow-origin', {
      received: origin,
      remedy: allowingOrigin(origin),
    });
  }
  const site = header('sec-fetch-site');
  if (site !== undefined && site !== 'none' && site !== 'same-origin') {
    throw new ApiError(
      'forbidden',
      'pages of other sites may not call this server; allow an origin with --allow-origin',
      { remedy: 'a page of another site asked, without naming its origin: such a request cannot be allowed' },
    );
  }
  return NO_CORS;
}

/** Headers by which browsers mark a prefetch, including those of old browsers. */
const PURPOSES = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'];

/** A page of any site can make a browser prefetch, and such a request looks like a navigation by a person. */
export function refusePrefetch(header: AccessRequest['header']): void {
  if (PURPOSES.some((name) => /(^|[\s,;=])(prefetch|prerender|preview)\b/i.test(header(name) ?? '')))
    throw new ApiError(
      'forbidden',
      'this server does not answer prefetch requests; send the request when its answer is needed',
    );
}

/** Tells the person who runs the server how to allow a refused page. */
function allowingOrigin(origin: string): string {
  const isOrigin = /^https?:/.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin;
  return isOrigin
    ? `the page is of ${origin}; allow it with --allow-origin ${origin}`
    : 'the page has an opaque origin, which cannot be allowed: serve it over http';
}

function allowingHost(host: string): string {
  return problemWith(hostHeader, host) === undefined
    ? `the request names ${host}; allow it with --allow-host ${host}`
    : 'the Host header names no host';
}

/** The browser SDK sends cookies with its requests. Only the routes that read them allow credentials. */
export const WITH_CREDENTIALS = { 'Access-Control-Allow-Credentials': 'true' };

const USUAL_HEADERS = 'Authorization, Content-Type, X-Request-Id';
const MAX_REQUESTED_HEADERS = 2000;

/**
 * For a preflight request of an allowed origin. It may use every header that it asks for: access depends on the origin
 * alone, and tracing libraries add headers of their own.
 * @param requested `Access-Control-Request-Headers`
 */
export function preflightHeaders(requested = ''): Record<string, string> {
  const isList = /^[\w!#$%&'*+.^`|~-]+(\s*,\s*[\w!#$%&'*+.^`|~-]+)*$/.test(requested);
  const headers = isList && requested.length <= MAX_REQUESTED_HEADERS ? requested : USUAL_HEADERS;
  return {
    'Access-Control-Allow-Methods': 'GET, POST',
    'Access-Control-Allow-Headers': headers,
    'Access-Control-Max-Age': '600',
    Vary: 'Origin, Access-Control-Request-Headers',
  };
}

/** For an answer that a page of that origin may read. */
export function corsHeaders(origin: string): Record<string, string> {
  return {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Expose-Headers': 'Idempotency-Replayed, Retry-After, WWW-Authenticate, X-Request-Id',
    'Cross-Origin-Resource-Policy': 'cross-origin',
    Vary: 'Origin',
  };
}

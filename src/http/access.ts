/**
 * Who may reach this server at all. It listens on this machine, and so does everything that a browser on this machine
 * opens: a name that was rebound to 127.0.0.1, or a page of any site, must get nothing (docs/architecture.md, Localhost).
 */
import { ApiError } from '../errors.ts';

export interface AccessSettings {
  /** `host:port` as a Host header names this server, see `hostName`; filled once the port is known. */
  readonly hosts: ReadonlySet<string>;
  /** Origins whose pages may call, as `--allow-origin` names them. */
  readonly origins: ReadonlySet<string>;
}

export interface AccessRequest {
  readonly url: string;
  readonly header: (name: string) => string | undefined;
}

const NO_CORS: Readonly<Record<string, string>> = {};

/** A Host header as the list of hosts has it: port 80 goes without saying. */
export function hostName(host: string): string {
  return host.toLowerCase().replace(/:80$/, '');
}

/** @returns the CORS headers for the answer. @throws ApiError host_not_allowed (421), forbidden (403) */
export function checkAccess(
  { url, header }: AccessRequest,
  { hosts, origins }: AccessSettings,
): Readonly<Record<string, string>> {
  const host = hostName(header('host') ?? '');
  // Two Host headers come joined, and are no name; an absolute request target may name yet another host, or a user.
  const target = new URL(url);
  if (!hosts.has(host) || target.host !== host || target.username !== '' || target.password !== '') {
    throw new ApiError('host_not_allowed', 'this server does not answer to that Host; allow it with --allow-host');
  }
  const origin = header('origin');
  if (origin !== undefined && origins.has(origin)) return corsHeaders(origin);
  if (origin !== undefined && origin !== `http://${host}`) {
    throw new ApiError('forbidden', 'pages of that origin may not call this server; allow it with --allow-origin');
  }
  const site = header('sec-fetch-site');
  if (site !== undefined && site !== 'none' && site !== 'same-origin') {
    throw new ApiError(
      'forbidden',
      'pages of other sites may not call this server; allow an origin with --allow-origin',
    );
  }
  return NO_CORS;
}

/** For a preflight request of an allowed origin. */
export const PREFLIGHT_HEADERS = {
  'Access-Control-Allow-Methods': 'GET, POST',
  'Access-Control-Allow-Headers': 'Authorization, Content-Type, X-Request-Id',
  'Access-Control-Max-Age': '600',
};

function corsHeaders(origin: string): Record<string, string> {
  return {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Expose-Headers': 'Idempotency-Replayed, Retry-After, WWW-Authenticate, X-Request-Id',
    'Cross-Origin-Resource-Policy': 'cross-origin',
    Vary: 'Origin',
  };
}

/** The environment variables by which another program finds a server. */
import { LOCAL_API_KEY, type Settings } from '../machine/settings.ts';
import { isLoopback, isUnspecified, urlName } from '../machine/values/network.ts';

/** The SDKs of WorkOS read these to find the local WorkOS. */
export interface SdkEnvironment {
  readonly WORKOS_API_HOSTNAME: string;
  readonly WORKOS_API_PORT: string;
  readonly WORKOS_API_HTTPS: 'false';
}

interface ServerAddress {
  readonly url: string;
  readonly port: number;
  readonly jwksUrl: string;
}

export function serverEnvironment(server: ServerAddress, settings: Settings): Readonly<Record<string, string>> {
  return {
    AGENT_PASTE_API_URL: server.url,
    AGENT_PASTE_STATE_DIR: settings['state-dir'],
    WORKOS_API_BASE_URL: settings['workos-api-url'] ?? server.url,
    WORKOS_API_KEY: settings['workos-api-key'] ?? LOCAL_API_KEY,
    WORKOS_CLIENT_ID: settings['client-id'],
    WORKOS_ISSUER: settings.issuer,
    WORKOS_JWKS_URL: server.jwksUrl,
    ...(settings['workos-api-url'] === undefined ? sdkEnvironment(server.port, settings) : {}),
  };
}

/** The host name is that of the dashboard, `localhost` or `127.0.0.1`: between two names, browsers withhold some cookies. */
export function sdkEnvironment(port: number, { host, 'redirect-uri': redirectUris }: Settings): SdkEnvironment {
  const dashboard = redirectUris.find((uri) => /^https?:$/.test(uri.scheme) && isLoopback(uri.host))?.host;
  const [usual, ...others] = namesOf(host);
  const name = others.find((other) => other === dashboard) ?? usual;
  return { WORKOS_API_HOSTNAME: name, WORKOS_API_PORT: String(port), WORKOS_API_HTTPS: 'false' };
}

/** The names by which browsers of this machine reach a server that listens there; first the usual one. */
function namesOf(host: string): readonly [string, ...string[]] {
  if (host === '127.0.0.1' || isUnspecified(host)) return ['localhost', '127.0.0.1'];
  return [urlName(host)];
}

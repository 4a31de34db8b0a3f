/** Reads routes of the API, with an access token or an API key. */
import { type Auth, ROUTES, type Route } from '../../../server/contract/routes.ts';
import { type Asked, ask } from './asking.ts';
import { settled } from './settling.ts';

/** The answer of a route. */
export type Read = Asked;

/** The routes that show a member and the changes of a sign-in. */
export const WORKSPACE = '/v1/web/workspace';
export const WHOAMI = '/v1/whoami';

/** Every route that shows something of a member. */
export const MEMBER_ROUTES = readableWith('workos_token');
/** Every route that takes an API key. */
export const KEY_ROUTES = readableWith('api_key');

function readableWith(auth: Auth): readonly string[] {
  const routes: readonly Route[] = ROUTES;
  return routes.filter((route) => isReadable(route) && route.auth === auth).map(({ path }) => path);
}

function isReadable({ method, path, local }: Route): boolean {
  return method === 'GET' && !path.includes(':') && !local;
}

/** @throws Failure unreachable, timed_out */
export function readRoute(
  url: string,
  path: string,
  credential: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Read> {
  const headers = credential === undefined ? {} : { authorization: `Bearer ${credential}` };
  return settled(
    () => ask(url, { path, headers }, signal),
    (read) => read,
    { url, signal },
  );
}

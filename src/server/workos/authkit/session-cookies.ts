/**
 * Cookies of a session, for browser SDKs that keep no refresh token: an origin of `--allow-origin` may get and send them.
 * A browser takes and sends them only where the page asks with credentials.
 */
import { getCookie } from 'hono/cookie';
import type { RequestOf } from '../../http/answers.ts';
import type { AuthkitOptions } from './deps.ts';

const REFRESH = 'agent_paste_refresh';
const REFRESH_ATTRIBUTES = 'HttpOnly; SameSite=Lax; Path=/user_management';
/** By this one, which a page can read, the SDK knows that there is a session: client ids, joined by dots. */
const HAS_SESSION = 'workos-has-session';
const HAS_SESSION_ATTRIBUTES = 'SameSite=Lax; Path=/';

/** @returns the cookie that stands for a member which a page of an allowed origin leaves out */
export function refreshCookie(c: RequestOf, member: string): string | undefined {
  return member === 'refresh_token' && isAllowedPage(c) ? getCookie(c, REFRESH) || undefined : undefined;
}

/** @param answered the body of the answer */
export function withSessionCookies(
  c: RequestOf,
  response: Response,
  answered: Uint8Array,
  { clientId, sessionLifetime }: Pick<AuthkitOptions, 'clientId' | 'sessionLifetime'>,
): Response {
  if (!isAllowedPage(c)) return response;
  const { refresh_token } = JSON.parse(Buffer.from(answered).toString());
  const lifetime = `Max-Age=${Math.floor(sessionLifetime / 1000)}`;
  const clients = [...otherClients(c, clientId), clientId].join('.');
  response.headers.append('Set-Cookie', `${REFRESH}=${refresh_token}; ${REFRESH_ATTRIBUTES}; ${lifetime}`);
  response.headers.append('Set-Cookie', `${HAS_SESSION}=${clients}; ${HAS_SESSION_ATTRIBUTES}; ${lifetime}`);
  return response;
}

/** After a sign-out. */
export function withoutSessionCookies(c: RequestOf, response: Response, clientId: string): Response {
  if (getCookie(c, REFRESH) !== undefined)
    response.headers.append('Set-Cookie', `${REFRESH}=; ${REFRESH_ATTRIBUTES}; Max-Age=0`);
  if (getCookie(c, HAS_SESSION) === undefined) return response;
  const others = otherClients(c, clientId).join('.');
  const lifetime = others === '' ? '; Max-Age=0' : '';
  response.headers.append('Set-Cookie', `${HAS_SESSION}=${others}; ${HAS_SESSION_ATTRIBUTES}${lifetime}`);
  return response;
}

function isAllowedPage(c: RequestOf): boolean {
  return 'Access-Control-Allow-Origin' in c.get('cors');
}

/** Only what can be the id of a client is kept of a cookie that any page of this machine may have written. */
function otherClients(c: RequestOf, clientId: string): readonly string[] {
  const ids = (getCookie(c, HAS_SESSION) ?? '').split('.').filter((id) => /^[\w-]{1,100}$/.test(id) && id !== clientId);
  return [...new Set(ids)].slice(0, 20);
}

/**
 * Which requests may open a page of the sign-in. A dashboard of any site may send its user here. A site must not do
 * more: frames, images, prefetches and forms of other pages are refused.
 */
import { ApiError } from '../../../errors/api-error.ts';
import { SIGN_OUT_PATH } from '../../contract/authkit-routes.ts';
import {
  type AccessRequest,
  type AccessSettings,
  checkAccess,
  checkHost,
  corsHeaders,
  NO_CORS,
  refusePrefetch,
} from '../../http/access.ts';

type Headers = Readonly<Record<string, string>>;

export interface SignInPageRequest extends AccessRequest {
  readonly method: string;
  readonly path: string;
}

/** @returns headers for the answer. @throws ApiError host_not_allowed (421), forbidden (403) */
export function checkPageAccess(request: SignInPageRequest, settings: AccessSettings): Headers {
  const { method, path } = request;
  if (method === 'POST') {
    checkForm(request, checkHost(request, settings.hosts));
    return NO_CORS;
  }
  if (method !== 'GET' && method !== 'HEAD') return checkAccess(request, settings);
  const host = checkHost(request, settings.hosts);
  const signOut = path === SIGN_OUT_PATH ? allowedSignOut(request, settings) : undefined;
  if (signOut !== undefined) return signOut;
  checkNavigation(request, host);
  return NO_CORS;
}

/** A sign-out by `fetch` of an allowed page, with CORS or without it, as in the browser SDK. */
function allowedSignOut({ header }: SignInPageRequest, { origins }: AccessSettings): Headers | undefined {
  const origin = header('origin');
  if (origin !== undefined) return origins.has(origin) ? corsHeaders(origin) : undefined;
  const referer = header('referer') ?? '';
  const isSilent = header('sec-fetch-mode') === 'no-cors' && header('sec-fetch-dest') === 'empty';
  if (!isSilent || !URL.canParse(referer) || !origins.has(new URL(referer).origin)) return undefined;
  return { 'Cross-Origin-Resource-Policy': 'cross-origin' }; // otherwise the browser would report a network error
}

function checkNavigation({ header }: SignInPageRequest, host: string): void {
  const origin = header('origin');
  const [site, mode, destination] = ['sec-fetch-site', 'sec-fetch-mode', 'sec-fetch-dest'].map(header);
  refusePrefetch(header);
  const isNavigation = mode === 'navigate' && destination === 'document';
  const isProgram = site === undefined && destination === undefined && (mode === undefined || mode === 'cors');
  const isOwn = origin === undefined || origin === `http://${host}`;
  if (!isOwn || !(isNavigation || isProgram || site === 'same-origin'))
    throw new ApiError('forbidden', 'other sites may open this address only as a whole page');
}

/** The browser sets `Origin` for a form, and a page cannot change it. */
function checkForm({ header }: SignInPageRequest, host: string): void {
  const origin = header('origin');
  const site = header('sec-fetch-site');
  if (origin === `http://${host}` && (site === undefined || site === 'same-origin')) return;
  throw new ApiError(
    'forbidden',
    origin === 'null' || origin === undefined
      ? 'this form was not sent by its own page; a dashboard that redirects a POST here must use status 302 or 303, not 307'
      : 'this form was not sent by its own page; begin again at the dashboard, which must redirect with 302 or 303',
  );
}

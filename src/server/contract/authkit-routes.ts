/** The sign-in of the local WorkOS: its pages and JSON routes. It is loaded at start, so it imports types only. */
import type { Route } from './routes.ts';

export interface PageRoute {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly operationId: string;
}

/** Answered with HTML, and with redirects. */
export const PAGE_ROUTES = [
  { method: 'GET', path: '/user_management/authorize', operationId: 'showSignIn' },
  { method: 'POST', path: '/user_management/authorize', operationId: 'submitSignIn' },
  { method: 'GET', path: '/user_management/sessions/logout', operationId: 'signOut' },
  { method: 'GET', path: '/device', operationId: 'showDevice' },
  { method: 'POST', path: '/device', operationId: 'submitDevice' },
] as const satisfies readonly PageRoute[];

export const AUTHENTICATE_PATH = '/user_management/authenticate';
export const SIGN_OUT_PATH = '/user_management/sessions/logout';
export const DEVICE_PATH = '/device';

const PLAYED = { auth: 'workos_api_key', scope: null, query: [], local: true } as const;

export const AUTHKIT_ROUTES = [
  {
    ...PLAYED,
    method: 'POST',
    path: AUTHENTICATE_PATH,
    operationId: 'authenticate',
    summary: 'Exchange a code, or a refresh token, for an access token',
    auth: 'none',
    body: 'WorkosAuthenticate',
    success: { status: 200, schema: 'WorkosAuthentication' },
    errors: ['invalid_request', 'payload_too_large', 'database_unavailable'],
    workosErrors: [400, 401, 403, 429],
    oauth: true,
  },
  {
    ...PLAYED,
    method: 'POST',
    path: '/user_management/authorize/device',
    operationId: 'authorizeDevice',
    summary: 'Begin the sign-in of a device',
    auth: 'none',
    body: 'WorkosDeviceRequest',
    success: { status: 200, schema: 'WorkosDeviceAuthorization' },
    errors: ['payload_too_large', 'invalid_request', 'database_unavailable'],
    workosErrors: [400, 401],
    oauth: true,
  },
  // Before the paths that take any id in the place of `external_id`.
  {
    ...PLAYED,
    method: 'GET',
    path: '/user_management/users/external_id/:external_id',
    operationId: 'getUserByExternalId',
    summary: 'One user, by the id that another system gave',
    success: { status: 200, schema: 'WorkosUser' },
    errors: ['database_unavailable'],
    workosErrors: [401, 404],
  },
  {
    ...PLAYED,
    method: 'PUT',
    path: '/user_management/users/:id',
    operationId: 'updateUser',
    summary: 'Change a user',
    body: 'WorkosUserChange',
    success: { status: 200, schema: 'WorkosUser' },
    errors: ['payload_too_large', 'invalid_request', 'database_unavailable'],
    workosErrors: [400, 401, 404, 422],
  },
  {
    ...PLAYED,
    method: 'DELETE',
    path: '/user_management/users/:id',
    operationId: 'deleteUser',
    summary: 'Remove a user, and end all sessions of theirs',
    success: { status: 200, schema: 'WorkosUser' },
    errors: ['database_unavailable'],
    workosErrors: [401, 404],
  },
  {
    ...PLAYED,
    method: 'GET',
    path: '/user_management/users/:id/identities',
    operationId: 'listIdentities',
    summary: 'OAuth providers by which a user has signed in',
    success: { status: 200, schema: 'WorkosIdentities' },
    errors: ['database_unavailable'],
    workosErrors: [401, 404],
  },
  {
    ...PLAYED,
    method: 'POST',
    path: '/user_management/users/:id/email_verification/send',
    operationId: 'sendEmailVerification',
    summary: 'Mail a code that verifies the address',
    success: { status: 200, schema: 'WorkosUserAnswer' },
    errors: ['database_unavailable'],
    workosErrors: [401, 404],
  },
  {
    ...PLAYED,
    method: 'POST',
    path: '/user_management/users/:id/email_verification/confirm',
    operationId: 'confirmEmailVerification',
    summary: 'Verify the address by the code that was mailed',
    body: 'WorkosCode',
    success: { status: 200, schema: 'WorkosUserAnswer' },
    errors: ['payload_too_large', 'invalid_request', 'database_unavailable'],
    workosErrors: [400, 401, 404, 422],
  },
  {
    ...PLAYED,
    method: 'GET',
    path: '/user_management/email_verification/:id',
    operationId: 'getEmailVerification',
    summary: 'A code that was mailed to verify an address',
    success: { status: 200, schema: 'WorkosOneTimeCode' },
    errors: ['database_unavailable'],
    workosErrors: [401, 404],
  },
  {
    ...PLAYED,
    method: 'POST',
    path: '/user_management/magic_auth',
    operationId: 'createMagicAuth',
    summary: 'Mail a code that signs in',
    body: 'WorkosMagicAuthRequest',
    success: { status: 201, schema: 'WorkosOneTimeCode' },
    errors: ['payload_too_large', 'invalid_request', 'database_unavailable'],
    workosErrors: [401, 422],
  },
  {
    ...PLAYED,
    method: 'GET',
    path: '/user_management/magic_auth/:id',
    operationId: 'getMagicAuth',
    summary: 'A code that was mailed to sign in',
    success: { status: 200, schema: 'WorkosOneTimeCode' },
    errors: ['database_unavailable'],
    workosErrors: [401, 404],
  },
  {
    ...PLAYED,
    method: 'GET',
    path: '/user_management/users/:id/sessions',
    operationId: 'listSessions',
    summary: 'Open sessions of a user, newest first',
    query: ['limit', 'after', 'before', 'order'],
    success: { status: 200, schema: 'WorkosSessionList' },
    errors: ['database_unavailable'],
    workosErrors: [401, 404, 422],
  },
  {
    ...PLAYED,
    method: 'POST',
    path: '/user_management/sessions/revoke',
    operationId: 'revokeSession',
    summary: 'End a session',
    body: 'WorkosSessionReference',
    success: { status: 200, schema: 'WorkosSession' },
    errors: ['payload_too_large', 'invalid_request', 'database_unavailable'],
    workosErrors: [401, 404, 422],
  },
  {
    ...PLAYED,
    method: 'GET',
    path: '/organizations',
    operationId: 'listOrganizations',
    summary: 'Organizations of the seed file, newest first',
    query: ['limit', 'after', 'before', 'order'],
    success: { status: 200, schema: 'WorkosOrganizationList' },
    errors: ['database_unavailable'],
    workosErrors: [401, 422],
  },
  {
    ...PLAYED,
    method: 'GET',
    path: '/organizations/:id',
    operationId: 'getOrganization',
    summary: 'One organization',
    success: { status: 200, schema: 'WorkosOrganization' },
    errors: ['database_unavailable'],
    workosErrors: [401, 404],
  },
  {
    ...PLAYED,
    method: 'GET',
    path: '/user_management/organization_memberships',
    operationId: 'listMemberships',
    summary: 'Memberships of an organization or of a user',
    query: ['user_id', 'organization_id', 'limit', 'after', 'before', 'order'],
    success: { status: 200, schema: 'WorkosMembershipList' },
    errors: ['database_unavailable'],
    workosErrors: [401, 422],
  },
] as const satisfies readonly Route[];

export type AuthkitRouteId =
  | (typeof PAGE_ROUTES)[number]['operationId']
  | (typeof AUTHKIT_ROUTES)[number]['operationId'];

/** Whether a path belongs to WorkOS, percent-encoded or not: its errors have the form of WorkOS. */
export function isWorkosPath(path: string): boolean {
  return /^\/+(?:user_management|sso|organizations)(?:\/|$)/.test(decoded(path));
}

export function isPagePath(path: string): boolean {
  return PAGE_ROUTES.some((page) => page.path === path);
}

/** Whether the log line of a request has an outcome. */
export function isSignInPath(path: string): boolean {
  return isPagePath(path) || path === AUTHENTICATE_PATH;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // not valid percent-encoding
  }
}

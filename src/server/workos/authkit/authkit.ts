/** The sign-in of the local WorkOS: its routes. It is loaded at the first request for one of them. */
import type { AuthkitRouteId } from '../../contract/authkit-routes.ts';
import type { RequestOf } from '../../http/answers.ts';
import { authenticate } from './authenticate-route.ts';
import { showSignIn, submitSignIn } from './authorize-routes.ts';
import type { AuthkitDeps, AuthkitParts } from './deps.ts';
import { authorizeDevice, showDevice, submitDevice } from './device-routes.ts';
import {
  confirmEmailVerification,
  createMagicAuth,
  getEmailVerification,
  getMagicAuth,
  sendEmailVerification,
} from './one-time-code-routes.ts';
import { getOrganization, listMemberships, listOrganizations } from './organization-routes.ts';
import { createPageForms } from './page/forms.ts';
import { listSessions, revokeSession, signOut } from './session-routes.ts';
import { deleteUser, getUserByExternalId, listIdentities, updateUser } from './user-routes.ts';

type AuthkitHandler = (c: RequestOf, deps: AuthkitDeps) => Response | Promise<Response>;

export interface Authkit {
  readonly handle: Readonly<Record<AuthkitRouteId, (c: RequestOf) => Response | Promise<Response>>>;
}

/** One for each route of the tables; the compiler asks for a missing one. */
const HANDLERS: Readonly<Record<AuthkitRouteId, AuthkitHandler>> = {
  showSignIn,
  submitSignIn,
  signOut,
  showDevice,
  submitDevice,
  authenticate,
  authorizeDevice,
  getUserByExternalId,
  updateUser,
  deleteUser,
  listIdentities,
  sendEmailVerification,
  confirmEmailVerification,
  getEmailVerification,
  createMagicAuth,
  getMagicAuth,
  listSessions,
  revokeSession,
  listOrganizations,
  getOrganization,
  listMemberships,
};

export function createAuthkit(parts: AuthkitParts): Authkit {
  const deps: AuthkitDeps = { ...parts, forms: createPageForms(parts.random) };
  const bound = Object.entries(HANDLERS).map(([id, handle]) => [id, (c: RequestOf) => handle(c, deps)]);
  return { handle: Object.fromEntries(bound) };
}

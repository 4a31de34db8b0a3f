/** After a person has authenticated, a session begins, or one more step is needed first. */
import { userObject } from '../user-object.ts';
import type { DirectoryUser } from '../users.ts';
import type { SignInContext } from './authkit.ts';
import type { Granted } from './grants/grant.ts';
import { keepPending, type PendingBeginning } from './pending.ts';
import { codedRefusal, type Refusal } from './refusal.ts';
import { beginSession } from './session.ts';
import { directFailure, failureOf, unverifiedAddress } from './sign-in-failures.ts';
import type { Membership, SignInRows } from './sign-ins.ts';

export interface Proved extends PendingBeginning {
  /** The completed steps. */
  readonly isVerified?: boolean;
  /** The organization, once it is chosen among several. */
  readonly organizationId?: string;
}

/** First the address is verified; then the person chooses an organization, if there are several. */
export function signInOrStepUp(
  rows: SignInRows,
  user: DirectoryUser,
  proved: Proved,
  context: SignInContext,
): Granted | Refusal {
  const { method, signedInAt, client, isVerified = false, organizationId } = proved;
  if (!user.email_verified) return unverifiedAddress(rows, user, proved, context);
  const failed = isVerified ? undefined : directFailure(rows, user, proved, context);
  if (failed !== undefined) return failed;
  const memberships = rows.organizations.activeOf(user.id);
  if (organizationId === undefined && memberships.length > 1)
    return severalOrganizations(rows, user, memberships, proved, context);
  const membership =
    organizationId === undefined ? memberships[0] : memberships.find((m) => m.organization_id === organizationId);
  const began = { method, failure: failureOf(rows, user), signed_in_at: signedInAt };
  const beginning = { ...began, code_hash: null, redirect_origin: null };
  const answer = beginSession(rows, user, membership, beginning, client, context);
  return { answer, outcome: 'signed_in', userId: user.id };
}

function severalOrganizations(
  rows: SignInRows,
  user: DirectoryUser,
  memberships: readonly Membership[],
  beginning: PendingBeginning,
  context: SignInContext,
): Refusal {
  const step = { step: 'organization_selection', one_time_code_id: null } as const;
  return codedRefusal(
    403,
    'organization_selection_required',
    'The user must choose an organization to finish their authentication.',
    {
      pending_authentication_token: keepPending(rows, user, step, beginning, context),
      organizations: memberships.map(({ organization: { id, name } }) => ({ id, name })),
      user: userObject(user),
    },
  );
}

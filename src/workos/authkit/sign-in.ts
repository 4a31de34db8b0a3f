/** The steps after a person, or `--sign-in-as`, has chosen a user. */

import type { DirectoryUser } from '../users.ts';
import type { SignInContext } from './authkit.ts';
import type { SignedIn } from './code.ts';
import { issueOneTimeCode, judgeOneTimeCode } from './one-time-code.ts';
import { isRefusal, type Refusal } from './refusal.ts';
import { failureNamed, failureOf, type Returned } from './sign-in-failures.ts';
import type { Membership, OneTimeCodeRow, SignInRows } from './sign-ins.ts';

export type NextStep =
  /** Back to where the sign-in was asked for, signed in unless it failed on purpose. */
  | { readonly kind: 'return'; readonly isSignedIn: boolean; readonly parameters: Returned }
  /** The address is verified first, by a code that was mailed now, or before. */
  | {
      readonly kind: 'code';
      readonly mailed: OneTimeCodeRow | undefined;
      readonly isNew: boolean;
      readonly refused?: Refusal;
    }
  | { readonly kind: 'organization'; readonly memberships: readonly Membership[] }
  | { readonly kind: 'not_a_member' };

export interface Choice {
  readonly user: DirectoryUser;
  /** The organization, once the person has chosen one of several. */
  readonly organizationId?: string | undefined;
  /** That was mailed, once the person has typed it. */
  readonly code?: string | undefined;
  /** A deliberate failure. */
  readonly failure?: string | undefined;
}

/** What the sign-in is asked for with, and what becomes of it. */
export interface SignInTarget {
  readonly provider: string;
  readonly organizationId: string | undefined;
  /** In the same transaction. @returns what goes back with the person */
  readonly complete: (rows: SignInRows, signedIn: SignedIn, context: SignInContext) => Returned;
  readonly deny: (rows: SignInRows) => void;
}

/** The organization is asked for before the sign-in is complete; a single membership is taken silently. */
export function signIn(rows: SignInRows, choice: Choice, target: SignInTarget, context: SignInContext): NextStep {
  // As it is now: the form may be older.
  const user = rows.users.find(choice.user.id) ?? choice.user;
  const name = choice.failure ?? failureOf(rows, user);
  const failure = failureNamed(name);
  if (failure?.instead !== undefined) {
    target.deny(rows);
    return { kind: 'return', isSignedIn: false, parameters: failure.instead };
  }
  if (!user.email_verified) {
    const unverified = verification(rows, user, choice.code, context);
    if (unverified !== undefined) return unverified;
  }
  const memberships = rows.organizations.activeOf(user.id);
  const wanted = target.organizationId ?? choice.organizationId ?? onlyOne(memberships);
  if (wanted === undefined && memberships.length > 1) return { kind: 'organization', memberships };
  if (wanted !== undefined && !memberships.some(({ organization_id }) => organization_id === wanted))
    return { kind: 'not_a_member' };
  const method = target.provider === 'authkit' ? 'Password' : target.provider;
  const signedIn = { user_id: user.id, organization_id: wanted ?? null, method, failure: name };
  const parameters = target.complete(rows, signedIn, context);
  return { kind: 'return', isSignedIn: true, parameters: failure?.back?.(parameters) ?? parameters };
}

/** @returns undefined once the right code was given */
function verification(
  rows: SignInRows,
  user: DirectoryUser,
  code: string | undefined,
  context: SignInContext,
): NextStep | undefined {
  if (code === undefined)
    return { kind: 'code', mailed: issueOneTimeCode(rows, user, 'email_verification', context), isNew: true };
  const mailed = rows.oneTimeCodes.newestOf(user.id, 'email_verification');
  const judged = judgeOneTimeCode(rows, mailed, code, context);
  return isRefusal(judged) ? { kind: 'code', mailed, isNew: false, refused: judged } : undefined;
}

function onlyOne(memberships: readonly Membership[]): string | undefined {
  return memberships.length === 1 ? memberships[0]?.organization_id : undefined;
}

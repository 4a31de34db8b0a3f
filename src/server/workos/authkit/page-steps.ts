/** The steps that the forms of the page take, for every kind of sign-in. */

import { mailOf } from '../../../workos/authkit/one-time-code.ts';
import { type Choice, type NextStep, signIn } from '../../../workos/authkit/sign-in.ts';
import type { DirectoryUser } from '../../../workos/users.ts';
import { type RequestOf, tell } from '../../http/answers.ts';
import { chosenUser } from './chosen-user.ts';
import { type AuthkitDeps, contextOf } from './deps.ts';
import type { OpenSignIn } from './open-sign-in.ts';
import type { SentForm } from './sent-form.ts';
import { showCode, showOrganizations, showWho } from './shown-page.ts';

export async function takeForm(c: RequestOf, form: SentForm, open: OpenSignIn, deps: AuthkitDeps): Promise<Response> {
  if (form.values.has('deny')) return denied(c, open, deps);
  const choice = await chosenUser(c, form, deps);
  if ('problem' in choice) return showWho(c, open, choice, deps);
  return goOn(c, open, choice, deps);
}

export async function goOn(c: RequestOf, open: OpenSignIn, choice: Choice, deps: AuthkitDeps): Promise<Response> {
  const next = await deps.signIns.write((rows) => signIn(rows, choice, open, contextOf(c, deps)));
  return answered(c, open, choice, next, deps);
}

function answered(
  c: RequestOf,
  open: OpenSignIn,
  choice: Choice,
  next: NextStep,
  deps: AuthkitDeps,
): Promise<Response> | Response {
  const { user } = choice;
  if (next.kind === 'organization') return showOrganizations(c, open, choice, next.memberships, deps);
  if (next.kind === 'not_a_member') return showWho(c, open, { problem: { message: notAMember(user) } }, deps);
  if (next.kind === 'code') {
    if (next.isNew && next.mailed !== undefined) deps.mail(mailOf(next.mailed));
    return showCode(c, open, choice, next, deps);
  }
  const { error } = next.parameters;
  if (error === 'access_denied') tell(c, { signIn: 'denied', user: user.id });
  else if (next.isSignedIn) tell(c, { signIn: 'signed_in', user: user.id });
  else tell(c, { outcome: 'refused', ...(error === undefined ? {} : { reason: error }), user: user.id });
  return open.leave(c, next.parameters);
}

function notAMember({ email }: DirectoryUser): string {
  return `${email} is not an active member of the organization that this sign-in is for.`;
}

async function denied(c: RequestOf, open: OpenSignIn, { signIns }: AuthkitDeps): Promise<Response> {
  await signIns.write((rows) => open.deny(rows));
  tell(c, { signIn: 'denied' });
  return open.leave(c, { error: 'access_denied', error_description: 'The user denied the sign-in.' });
}

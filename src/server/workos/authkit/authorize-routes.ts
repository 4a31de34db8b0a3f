/** `/user_management/authorize`: the page and its forms. */

import { type RequestOf, tell } from '../../http/answers.ts';
import type { AuthkitDeps } from './deps.ts';
import { openRequest } from './open-request.ts';
import { forDashboard } from './open-sign-in.ts';
import { goOn, takeForm } from './page-steps.ts';
import { readForm } from './sent-form.ts';
import { showWho } from './shown-page.ts';
import { userWithoutPerson } from './without-person.ts';

export async function showSignIn(c: RequestOf, deps: AuthkitDeps): Promise<Response> {
  const open = await openRequest(c, deps);
  if (open instanceof Response) return open;
  const user = await userWithoutPerson(c, open.request, deps);
  if (user === undefined) return showWho(c, forDashboard(c, open), {}, deps);
  const response = await goOn(c, forDashboard(c, open), { user }, deps);
  if (c.get('account').signIn === 'signed_in') tell(c, { signIn: 'signed_in (--sign-in-as)' });
  return response;
}

export async function submitSignIn(c: RequestOf, deps: AuthkitDeps): Promise<Response> {
  const form = await readForm(c, deps);
  if (form instanceof Response) return form;
  const open = await openRequest(c, deps);
  if (open instanceof Response) return open;
  return takeForm(c, form, forDashboard(c, open), deps);
}

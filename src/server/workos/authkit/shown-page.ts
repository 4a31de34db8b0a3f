/** The pages of the sign-in, filled from the user directory. */

import type { Choice, NextStep } from '../../../workos/authkit/sign-in.ts';
import type { Membership } from '../../../workos/authkit/sign-ins.ts';
import { FAILURE_CHOICES } from '../../../workos/failure-names.ts';
import type { DirectoryUser } from '../../../workos/users.ts';
import { type RequestOf, tell } from '../../http/answers.ts';
import { NOTHING, type Unclear } from './chosen-user.ts';
import type { AuthkitDeps } from './deps.ts';
import type { OpenSignIn } from './open-sign-in.ts';
import { codePage } from './page/code-page.ts';
import { type Fields, type Page, pageAnswer } from './page/layout.ts';
import { organizationPage } from './page/organization-page.ts';
import { whoPage } from './page/who-page.ts';
import { stepOf } from './sent-form.ts';

/** So many users get a button; others are found by the search. */
const BUTTONS = 25;

export async function showWho(
  c: RequestOf,
  open: OpenSignIn,
  { problem, entered, users: meant }: Partial<Unclear>,
  deps: AuthkitDeps,
): Promise<Response> {
  const { screen, loginHint, query } = open;
  tell(c, { signIn: c.get('account').signIn ?? 'page' });
  const text = new URL(c.req.url).searchParams.get('search')?.slice(0, 200) ?? '';
  const { found, total, hinted } = await deps.signIns.read(({ users }) => ({
    found: meant ?? users.recent(BUTTONS, text),
    total: users.recent(BUTTONS + 1).length,
    hinted: loginHint === undefined ? [] : users.sharing(loginHint),
  }));
  const users = [...(meant === undefined && text === '' ? hinted : []), ...found].filter(
    ({ id }, index, all) => all.findIndex((other) => other.id === id) === index,
  );
  const body = whoPage({
    screen,
    lead: open.lead,
    users,
    sharedEmails: sharedAmong(users),
    search: total > BUTTONS ? { request: deps.forms.sealQuery(query.toString()), text } : undefined,
    entered: entered ?? { ...NOTHING, email: loginHint?.slice(0, 320) ?? '' },
    problem,
    notes: open.notes,
    token: tokenFor(c, stepOf('who'), deps),
    failures: FAILURE_CHOICES,
  });
  const title = screen === 'sign-up' ? 'Sign up' : 'Sign in';
  return shown(c, open, { title, body, status: problem === undefined ? 200 : 400 }, deps);
}

export function showOrganizations(
  c: RequestOf,
  open: OpenSignIn,
  choice: Choice,
  memberships: readonly Membership[],
  deps: AuthkitDeps,
): Promise<Response> {
  tell(c, { signIn: 'page' });
  const fields = fieldsOf(c, 'organization', choice, deps);
  const body = organizationPage({ email: choice.user.email, lead: open.lead, memberships, fields });
  return shown(c, open, { title: 'Choose an organization', body }, deps);
}

export function showCode(
  c: RequestOf,
  open: OpenSignIn,
  choice: Choice,
  { mailed, refused }: Extract<NextStep, { kind: 'code' }>,
  deps: AuthkitDeps,
): Promise<Response> {
  tell(c, { signIn: 'page', ...(refused === undefined ? {} : { reason: refused.reason }) });
  const problem = refused === undefined ? undefined : String(refused.body.message);
  const fields = fieldsOf(c, 'code', choice, deps);
  const body = codePage({ email: choice.user.email, lead: open.lead, code: mailed?.code, problem, fields });
  const status = problem === undefined ? 200 : 400;
  return shown(c, open, { title: 'Verify your address', body, status }, deps);
}

/** What a further step brings along of the steps before it. */
function fieldsOf(c: RequestOf, step: string, { user, failure }: Choice, deps: AuthkitDeps): Fields {
  const bound = { user: user.id, ...(failure === undefined ? {} : { failure }) };
  return { token: tokenFor(c, stepOf(step, bound), deps), step, ...bound };
}

function tokenFor(c: RequestOf, step: string, { forms }: AuthkitDeps): string {
  const place = { browser: forms.browserOf(c), query: new URL(c.req.url).search, step };
  return forms.tokenFor(place, c.get('context').now);
}

function shown(
  c: RequestOf,
  { formTarget }: OpenSignIn,
  page: Pick<Page, 'title' | 'body' | 'status'>,
  { forms }: AuthkitDeps,
): Promise<Response> {
  return pageAnswer(c, { ...page, formTarget, headers: forms.cookieHeader(c) });
}

function sharedAmong(users: readonly DirectoryUser[]): ReadonlySet<string> {
  const byEmail = Map.groupBy(users, ({ email }) => email.toLowerCase());
  return new Set([...byEmail].filter(([, sharing]) => sharing.length > 1).map(([email]) => email));
}

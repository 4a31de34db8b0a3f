/** The user that a form of the page names: a known user, an address, or a new user. */
import { isoTime } from '../../../machine/values/time.ts';
import { isEmail, isPersonName } from '../../../machine/values/user.ts';
import type { Choice } from '../../../workos/authkit/sign-in.ts';
import { isFailure } from '../../../workos/failure-names.ts';
import type { DirectoryUser } from '../../../workos/users.ts';
import { newUser } from '../../../workos/users.ts';
import type { RequestOf } from '../../http/answers.ts';
import type { AuthkitDeps } from './deps.ts';
import type { Entered, Problem } from './page/who-page.ts';
import type { SentForm } from './sent-form.ts';

/** The page shows this problem instead of going on. */
export interface Unclear {
  readonly problem: Problem;
  readonly entered?: Entered;
  /** All users with the entered address. */
  readonly users?: readonly DirectoryUser[];
}

export async function chosenUser(c: RequestOf, form: SentForm, deps: AuthkitDeps): Promise<Choice | Unclear> {
  const { values } = form;
  const id = values.get('user');
  if (id !== null) return known(id, form, deps);
  if (values.has('failing')) return failing(c, values, deps);
  return values.has('create') ? created(c, values, deps) : ofAddress(c, values, deps);
}

/** With what further steps have added. */
async function known(id: string, { values, step }: SentForm, deps: AuthkitDeps): Promise<Choice | Unclear> {
  const user = await deps.signIns.read(({ users }) => users.find(id));
  if (user === undefined) return { problem: { message: 'This user no longer exists. Choose another.' } };
  const given = (at: string, name: string) => (step === at ? (values.get(name) ?? undefined) : undefined);
  return {
    user,
    failure: step === 'who' ? undefined : values.get('failure') || undefined,
    organizationId: given('organization', 'organization'),
    code: values.has('again') ? undefined : given('code', 'code')?.replaceAll(/\s/g, ''),
  };
}

async function failing(c: RequestOf, values: URLSearchParams, deps: AuthkitDeps): Promise<Choice | Unclear> {
  const failure = values.get('failure') ?? '';
  const entered = { ...NOTHING, failing: values.get('failing')?.trim() ?? '', failure };
  if (!isEmail(entered.failing)) return wrong('failing', BAD_EMAIL, entered);
  if (!isFailure(failure)) return { problem: { message: 'A sign-in cannot fail in this way.' }, entered };
  const choice = await findOrAdd(userOf(c, entered.failing, deps), entered, deps);
  return 'problem' in choice ? choice : { ...choice, failure };
}

/** An unknown address creates a user, in the transaction that looks the address up. */
function ofAddress(c: RequestOf, values: URLSearchParams, deps: AuthkitDeps): Promise<Choice | Unclear> {
  const entered = { ...NOTHING, email: values.get('email')?.trim() ?? '' };
  if (!isEmail(entered.email)) return wrong('email', BAD_EMAIL, entered);
  return findOrAdd(userOf(c, entered.email, deps), entered, deps);
}

function created(c: RequestOf, values: URLSearchParams, deps: AuthkitDeps): Promise<Choice | Unclear> {
  const text = (name: string) => values.get(name)?.trim() ?? '';
  const entered = {
    email: '',
    newEmail: text('new_email'),
    firstName: text('first_name'),
    lastName: text('last_name'),
    unverified: values.has('unverified'),
    failing: '',
    failure: '',
  };
  if (!isEmail(entered.newEmail)) return wrong('new_email', BAD_EMAIL, entered);
  for (const [field, name] of [
    ['first_name', entered.firstName],
    ['last_name', entered.lastName],
  ] as const)
    if (!isPersonName(name)) return wrong(field, 'A name must be one line of at most 200 characters.', entered);
  const user = {
    ...userOf(c, entered.newEmail, deps),
    first_name: entered.firstName || null,
    last_name: entered.lastName || null,
    email_verified: !entered.unverified,
  };
  return findOrAdd(user, entered, deps);
}

const BAD_EMAIL = 'Enter an e-mail address, such as name@example.com.';
export const NOTHING: Entered = {
  email: '',
  newEmail: '',
  firstName: '',
  lastName: '',
  unverified: false,
  failing: '',
  failure: '',
};

function userOf(c: RequestOf, email: string, { random }: AuthkitDeps): DirectoryUser {
  const { now } = c.get('context');
  return newUser(`user_${random.ulid(now)}`, email, isoTime(now));
}

async function findOrAdd(user: DirectoryUser, entered: Entered, { signIns }: AuthkitDeps): Promise<Choice | Unclear> {
  const found = await signIns.write(({ users }) => users.findOrAdd(user));
  if (found.length === 1) return { user: found[0] };
  return {
    problem: { message: `${found.length} users have this address. Choose one by its id.` },
    entered,
    users: found,
  };
}

async function wrong(field: NonNullable<Problem['field']>, message: string, entered: Entered): Promise<Unclear> {
  return { problem: { field, message }, entered };
}

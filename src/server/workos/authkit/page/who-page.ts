/** The page on which the person chooses a known user, an address, or a new user. */
import { html } from 'hono/html';
import { printable } from '../../../../errors/foreign-text.ts';
import type { DirectoryUser } from '../../../../workos/users.ts';
import type { Html } from './layout.ts';

export interface WhoPage {
  readonly screen: 'sign-in' | 'sign-up';
  /** What the sign-in is for. */
  readonly lead: Html;
  readonly users: readonly DirectoryUser[];
  /** Ids are shown if several users have one address. */
  readonly sharedEmails: ReadonlySet<string>;
  readonly search: SearchField | undefined;
  /** From the form that was sent, or from `login_hint`. */
  readonly entered: Entered;
  readonly problem: Problem | undefined;
  readonly notes: readonly string[];
  readonly token: string;
  /** How a sign-in can be made to fail. */
  readonly failures: readonly FailureChoice[];
}

interface FailureChoice {
  readonly name: string;
  readonly says: string;
}

interface SearchField {
  /** The query of this page, sealed. */
  readonly request: string;
  readonly text: string;
}

export interface Entered {
  readonly email: string;
  readonly newEmail: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly unverified: boolean;
  readonly failing: string;
  readonly failure: string;
}

export interface Problem {
  /** The field with the problem; undefined for a problem of the whole page. */
  readonly field?: 'email' | 'new_email' | 'first_name' | 'last_name' | 'failing';
  readonly message: string;
}

export function whoPage(page: WhoPage): Html {
  const forms = [signInForms(page), signUpForm(page)];
  const failing = failureForm(page);
  if (page.screen === 'sign-up') forms.reverse();
  return html`<h1>${page.screen === 'sign-up' ? 'Sign up' : 'Sign in'}</h1>
${page.lead}
${page.notes.map((note) => html`<p class="note">${note}</p>`)}
${page.problem === undefined || page.problem.field !== undefined ? '' : html`<p role="alert" class="error" tabindex="-1" autofocus>${page.problem.message}</p>`}
${forms}
${failing}
<section aria-labelledby="not-now">
<h2 id="not-now">Not now</h2>
<form method="post">${hidden(page)}<button class="plain" name="deny" value="yes">Deny</button></form>
</section>`;
}

function hidden({ token }: WhoPage): Html {
  return html`<input type="hidden" name="token" value="${token}"><input type="hidden" name="step" value="who">`;
}

function signInForms(page: WhoPage): Html {
  const { users, search, entered, screen } = page;
  return html`<section aria-labelledby="known">
<h2 id="known">${screen === 'sign-up' ? 'Sign in' : 'Known users'}</h2>
${users.length === 0 ? html`<p>${search === undefined ? 'There is no user yet.' : 'No user is found.'}</p>` : html`<form method="post">${hidden(page)}<ul>${users.map((user) => userButton(user, page))}</ul></form>`}
${search === undefined ? '' : searchForm(search)}
<form method="post" novalidate>${hidden(page)}
${field(page, { name: 'email', label: 'E-mail', type: 'email', value: entered.email, autocomplete: 'username' })}
<button>Continue</button></form>
</section>`;
}

function userButton({ id, email, first_name, last_name }: DirectoryUser, { sharedEmails }: WhoPage): Html {
  const name = [first_name, last_name].filter((part) => part !== null && part !== '').join(' ');
  const shared = sharedEmails.has(email.toLowerCase());
  const detail = [...(name === '' ? [] : [printable(name)]), ...(shared ? [id] : [])].join(' · ');
  const described = detail === '' ? '' : html` aria-describedby="about-${id}"`;
  return html`<li><button name="user" value="${id}"${described}>Continue as <bdi>${email}</bdi></button>
${detail === '' ? '' : html`<span class="detail" id="about-${id}"><bdi>${detail}</bdi></span>`}</li>`;
}

function searchForm({ request, text }: SearchField): Html {
  return html`<form method="get" role="search"><input type="hidden" name="request" value="${request}">
<label for="search">Search users</label>
<input id="search" name="search" type="search" value="${text}" maxlength="200">
<button class="plain">Search</button></form>`;
}

function signUpForm(page: WhoPage): Html {
  const { entered, screen } = page;
  return html`<section aria-labelledby="new">
<h2 id="new">${screen === 'sign-up' ? 'New user' : 'Sign up'}</h2>
<form method="post" novalidate>${hidden(page)}
${field(page, { name: 'new_email', label: 'E-mail', type: 'email', value: entered.newEmail, autocomplete: 'email' })}
${field(page, { name: 'first_name', label: 'First name', value: entered.firstName, autocomplete: 'given-name' })}
${field(page, { name: 'last_name', label: 'Last name', value: entered.lastName, autocomplete: 'family-name' })}
<label class="choice"><input type="checkbox" name="unverified" value="yes"${entered.unverified ? ' checked' : ''}> Leave the address unverified</label>
<button name="create" value="yes">Create user</button></form>
</section>`;
}

/** Closed until it is wanted, or was sent with an error. */
function failureForm(page: WhoPage): Html {
  const { entered, failures, problem } = page;
  const open = problem?.field === 'failing' ? html` open` : '';
  const options = failures.map(
    ({ name, says }) =>
      html`<option value="${name}"${name === entered.failure ? html` selected` : ''}>${says}</option>`,
  );
  return html`<details${open}><summary>Make this sign-in fail</summary>
<form method="post" novalidate>${hidden(page)}
<label for="failure">What happens</label>
<select id="failure" name="failure">${options}</select>
${field(page, { name: 'failing', label: 'E-mail', type: 'email', value: entered.failing, autocomplete: 'off' })}
<button>Fail this sign-in</button></form></details>`;
}

interface Field {
  readonly name: NonNullable<Problem['field']>;
  readonly label: string;
  readonly value: string;
  readonly autocomplete: string;
  readonly type?: string;
}

/** With its error tied to it, and focused. */
function field({ problem }: WhoPage, { name, label, value, autocomplete, type = 'text' }: Field): Html {
  const wrong = problem?.field === name;
  const attributes = wrong ? html` aria-invalid="true" aria-describedby="${name}-error" autofocus` : '';
  return html`<label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="${type}" value="${value}" maxlength="320" autocomplete="${autocomplete}"${attributes}>
${wrong ? html`<p class="error" id="${name}-error">${problem.message}</p>` : ''}`;
}

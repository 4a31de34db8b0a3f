/** The code that was mailed to an address which is not verified yet. */
import { html } from 'hono/html';
import { type Fields, type Html, hiddenFields } from './layout.ts';

export interface CodePage {
  readonly email: string;
  readonly lead: Html;
  /** As the mail has it; undefined where it is too old to be kept. */
  readonly code: string | undefined;
  readonly problem: string | undefined;
  /** Fields that bring the sign-in so far along. */
  readonly fields: Fields;
}

export function codePage({ email, lead, code, problem, fields }: CodePage): Html {
  const wrong = problem === undefined ? '' : html` aria-invalid="true" aria-describedby="code-error"`;
  return html`<h1>Verify your address</h1>
${lead}
${code === undefined ? '' : html`<p class="note">Mail to <strong>${email}</strong>, which is sent nowhere: your code is <output>${code}</output></p>`}
<form method="post" novalidate>${hiddenFields(fields)}
<label for="code">Code</label>
<input id="code" name="code" type="text" inputmode="numeric" maxlength="10" autocomplete="one-time-code"${wrong} autofocus>
${problem === undefined ? '' : html`<p class="error" id="code-error">${problem}</p>`}
<button>Continue</button>
<button class="plain" name="again" value="yes">Send another code</button>
<button class="plain" name="deny" value="yes">Deny</button></form>`;
}

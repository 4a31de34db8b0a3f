/** Which device is signed in: the code that it shows. */
import { html } from 'hono/html';
import type { Html } from './layout.ts';

export function devicePage(typed: string, problem: string | undefined): Html {
  const wrong = problem === undefined ? '' : html` aria-invalid="true" aria-describedby="user_code-error" autofocus`;
  return html`<h1>Sign in a device</h1>
<p>Enter the code that the device shows.</p>
<form method="get" novalidate>
<label for="user_code">Code</label>
<input id="user_code" name="user_code" type="text" value="${typed}" maxlength="20" autocomplete="off" autocapitalize="characters" spellcheck="false"${wrong}>
${problem === undefined ? '' : html`<p class="error" id="user_code-error">${problem}</p>`}
<button>Continue</button></form>`;
}

/** The page on which the person chooses an organization. */
import { html } from 'hono/html';
import type { Membership } from '../../../../workos/authkit/sign-ins.ts';
import { type Fields, type Html, hiddenFields } from './layout.ts';

export interface OrganizationPage {
  readonly email: string;
  readonly lead: Html;
  readonly memberships: readonly Membership[];
  /** Hidden fields with the choices so far. */
  readonly fields: Fields;
}

export function organizationPage({ email, lead, memberships, fields }: OrganizationPage): Html {
  return html`<h1>Choose an organization</h1>
<p>You sign in as <strong>${email}</strong>.</p>
${lead}
<form method="post">${hiddenFields(fields)}<ul>${memberships.map(
    ({ organization_id, organization, role }) =>
      html`<li><button name="organization" value="${organization_id}" aria-describedby="role-${organization_id}">Choose <bdi>${organization.name}</bdi></button>
<span class="detail" id="role-${organization_id}">${role}</span></li>`,
  )}</ul>
<button class="plain" name="deny" value="yes">Deny</button></form>`;
}

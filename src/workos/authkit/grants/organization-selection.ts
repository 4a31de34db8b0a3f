/** Continues a pending sign-in of a member of several organizations in one of them. */
import { pendingSignIn } from '../pending.ts';
import { codedRefusal, isRefusal } from '../refusal.ts';
import { signInOrStepUp } from '../step-up.ts';
import type { Grant } from './grant.ts';

export const byOrganizationSelection: Grant = {
  needs: ['organization_id', 'pending_authentication_token'],
  isOpen: () => false,
  redeem: ({ values: { organization_id = '', pending_authentication_token = '' }, client, signIns, context }) =>
    signIns.write((rows) => {
      const pending = pendingSignIn(rows, pending_authentication_token, 'organization_selection', client, context);
      if (isRefusal(pending)) return pending;
      const isMember = rows.organizations.activeOf(pending.user.id).some((m) => m.organization_id === organization_id);
      if (!isMember)
        return codedRefusal(
          400,
          'invalid_organization_id',
          `The user is not an active member of the organization '${organization_id.slice(0, 80)}'.`,
        );
      rows.pending.remove(pending.row.hash);
      const beginning = { ...pending.beginning, isVerified: true, organizationId: organization_id };
      return signInOrStepUp(rows, pending.user, beginning, context);
    }),
};

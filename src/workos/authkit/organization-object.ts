/** Organizations and memberships in the form of the WorkOS API. */
import type { Membership, OrganizationRow } from './sign-ins.ts';

export function organizationObject({ id, name, created_at, updated_at }: OrganizationRow) {
  return {
    object: 'organization',
    id,
    name,
    allow_profiles_outside_organization: false,
    domains: [],
    external_id: null,
    metadata: {},
    created_at,
    updated_at,
  };
}

export function membershipObject(membership: Membership) {
  const { id, user_id, organization_id, organization, role, status, created_at, updated_at } = membership;
  return {
    object: 'organization_membership',
    id,
    user_id,
    organization_id,
    organization_name: organization.name,
    status,
    role: { slug: role },
    roles: [{ slug: role }],
    created_at,
    updated_at,
  };
}

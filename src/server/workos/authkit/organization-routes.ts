/** Organizations and memberships, which come from the seed file: read only. */
import { membershipObject, organizationObject } from '../../../workos/authkit/organization-object.ts';
import { json } from '../../http/answers.ts';
import { queryParameter } from '../../http/query.ts';
import { listAnswer, withApiKey, workosError } from '../workos-request.ts';
import type { AuthkitDeps } from './deps.ts';

export const listOrganizations = withApiKey<AuthkitDeps>((c, { signIns }) =>
  listAnswer(c, organizationObject, (query) => signIns.read(({ organizations }) => organizations.list(query))),
);

export const getOrganization = withApiKey<AuthkitDeps>(async (c, { signIns }) => {
  const id = c.req.param('id') ?? '';
  const organization = await signIns.read(({ organizations }) => organizations.find(id));
  return organization === undefined
    ? workosError(c, 404, 'entity_not_found', `Organization not found: '${id}'.`)
    : json(c, organizationObject(organization));
});

export const listMemberships = withApiKey<AuthkitDeps>((c, { signIns }) =>
  listAnswer(c, membershipObject, (query) => {
    const userId = queryParameter(c, 'user_id');
    const organizationId = queryParameter(c, 'organization_id');
    const of = { ...(userId && { userId }), ...(organizationId && { organizationId }) };
    return signIns.read(({ organizations }) => organizations.memberships(query, of));
  }),
);

/** Organizations and their memberships. */
import type { DatabaseSync } from 'node:sqlite';
import type { Membership, MembershipRow, OrganizationRow, OrganizationRows } from '../../../workos/authkit/sign-ins.ts';
import { one } from '../file/statements.ts';
import { listing } from './listing.ts';

const COLUMNS = 'id, name, entitlements, feature_flags, created_at, updated_at';
const MEMBERSHIP_COLUMNS = 'id, user_id, organization_id, role, permissions, status, created_at, updated_at';

type StoredOrganization = Omit<OrganizationRow, 'entitlements' | 'feature_flags'> &
  Readonly<Record<'entitlements' | 'feature_flags', string>>;
type StoredMembership = Omit<MembershipRow, 'permissions'> & { readonly permissions: string };

function organization({ entitlements, feature_flags, ...row }: StoredOrganization): OrganizationRow {
  return { ...row, entitlements: JSON.parse(entitlements), feature_flags: JSON.parse(feature_flags) };
}

export function organizationRows(db: DatabaseSync): OrganizationRows {
  const find = db.prepare(`SELECT ${COLUMNS} FROM organizations WHERE id = ?`);
  const named = db.prepare(`SELECT ${COLUMNS} FROM organizations WHERE name = ? ORDER BY seq LIMIT 1`);
  const insert = db.prepare(`INSERT INTO organizations (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`);
  const join = db.prepare(
    `INSERT INTO organization_memberships (${MEMBERSHIP_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (user_id, organization_id) DO NOTHING`,
  );
  const active = db.prepare(
    `SELECT ${MEMBERSHIP_COLUMNS} FROM organization_memberships WHERE user_id = ? AND status = 'active' ORDER BY seq`,
  );
  const list = listing<StoredOrganization>(db, 'organizations', COLUMNS);
  const listMemberships = listing<StoredMembership>(db, 'organization_memberships', MEMBERSHIP_COLUMNS);
  const known = (row: StoredOrganization | undefined) => row && organization(row);
  const membership = ({ permissions, ...row }: StoredMembership): Membership => ({
    ...row,
    permissions: JSON.parse(permissions),
    organization: known(one(find, row.organization_id)) as OrganizationRow, // a foreign key ensures that it exists
  });
  return {
    find: (id) => known(one(find, id)),
    named: (name) => known(one(named, name)),
    insert: ({ id, name, entitlements, feature_flags, created_at, updated_at }) =>
      void insert.run(id, name, JSON.stringify(entitlements), JSON.stringify(feature_flags), created_at, updated_at),
    join: ({ id, user_id, organization_id, role, permissions, status, created_at, updated_at }) =>
      void join.run(id, user_id, organization_id, role, JSON.stringify(permissions), status, created_at, updated_at),
    activeOf: (userId) => (active.all(userId) as unknown as StoredMembership[]).map(membership),
    list: (query) => {
      const page = list(query, []);
      return { ...page, items: page.items.map(organization) };
    },
    memberships: (query, { userId, organizationId }) => {
      const page = listMemberships(query, [
        ...(userId === undefined ? [] : [{ sql: 'user_id = ?', value: userId }]),
        ...(organizationId === undefined ? [] : [{ sql: 'organization_id = ?', value: organizationId }]),
      ]);
      return { ...page, items: page.items.map(membership) };
    },
  };
}

/** The organizations of a seed file and their members. */
import { isoTime } from '../../machine/values/time.ts';
import { openSignIns } from '../../store/open.ts';
import type { DirectoryUser } from '../../workos/users.ts';
import type { SeedTarget } from './rows.ts';
import type { SeedFile } from './schema.ts';

type SeedOrganization = SeedFile['organizations'][number];

/** An organization whose members are known users. */
export interface SeededOrganization {
  readonly organization: Omit<SeedOrganization, 'members'>;
  readonly members: readonly (Omit<SeedOrganization['members'][number], 'user'> & { readonly userId: string })[];
}

/** @param userOf finds the user whom a member names. @throws the error of `userOf` for an unknown user */
export function seededOrganization(
  { members, ...organization }: SeedOrganization,
  userOf: (reference: string, at: number) => DirectoryUser,
): SeededOrganization {
  return {
    organization,
    members: members.map(({ user, ...member }, at) => ({ ...member, userId: userOf(user, at).id })),
  };
}

/** Writes the missing ones, in one transaction. */
export async function writeOrganizations(
  organizations: readonly SeededOrganization[],
  { users, now, random }: SeedTarget,
): Promise<void> {
  if (organizations.length === 0) return;
  const signIns = await openSignIns(users);
  const at = isoTime(now);
  try {
    await signIns.write((rows) => {
      for (const { organization, members } of organizations) {
        const { id = `org_${random.ulid(now)}`, name, entitlements, feature_flags } = organization;
        const known = organization.id === undefined ? rows.organizations.named(name) : rows.organizations.find(id);
        const row = known ?? { id, name, entitlements, feature_flags, created_at: at, updated_at: at };
        if (known === undefined) rows.organizations.insert(row);
        for (const { userId, role, permissions, status } of members)
          rows.organizations.join({
            id: `om_${random.ulid(now)}`,
            user_id: userId,
            organization_id: row.id,
            role,
            permissions,
            status,
            created_at: at,
            updated_at: at,
          });
      }
    });
  } finally {
    signIns.close();
  }
}

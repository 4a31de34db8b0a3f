/** The rows of a workspace that a seed file describes. */
import { hashSecret, type KeyEnvironment, type Pepper, parseApiKey } from '../../callback/workspace/api-key.ts';
import { provision } from '../../callback/workspace/provision.ts';
import type { RandomSource } from '../../machine/random.ts';
import { isoTime } from '../../machine/values/time.ts';
import type { SeedWorkspace, Store } from '../../store/store.ts';
import { hashPassword } from '../../workos/authkit/password.ts';
import { type DirectoryUser, type HiddenUserFields, newUser } from '../../workos/users.ts';
import type { SeedFile } from './schema.ts';

export interface SeedTarget {
  readonly store: Store;
  /** File of the user directory. */
  readonly users: string;
  /** The pepper for the hashes of the seed's keys. */
  readonly pepper: Pepper;
  readonly keyEnvironment: KeyEnvironment;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly random: RandomSource;
}

/** A user whom a seed describes, with what is stored and not shown. */
export interface SeededUser {
  readonly user: DirectoryUser;
  readonly hidden: HiddenUserFields;
}

export async function seededUser(
  { password, sign_in, ...seed }: SeedFile['users'][number],
  target: SeedTarget,
): Promise<SeededUser> {
  const passwordHash = password === undefined ? null : await hashPassword(password, target.random);
  return { user: userRow(seed, target), hidden: { passwordHash, signIn: sign_in ?? null } };
}

function userRow(
  {
    id,
    email,
    first_name,
    last_name,
    email_verified,
    external_id,
    metadata,
  }: Omit<SeedFile['users'][number], 'password' | 'sign_in'>,
  { now, random }: SeedTarget,
): DirectoryUser {
  const user = newUser(id ?? `user_${random.ulid(now)}`, email, isoTime(now));
  return {
    ...user,
    first_name: first_name ?? null,
    last_name: last_name ?? null,
    email_verified,
    external_id: external_id ?? null,
    metadata,
  };
}

/** The request id in the events of a seed, in the form of a request id. */
const SEED_REQUEST_ID = 'seed-file';

/** The rows that a sign-in of that user would have made, with the values that the seed gives. */
export function seededWorkspace(
  seed: SeedFile['workspaces'][number],
  owner: DirectoryUser,
  { now, random, pepper, keyEnvironment }: SeedTarget,
): SeedWorkspace {
  const at = seed.created_at === undefined ? now : Date.parse(seed.created_at);
  const made = provision(
    { subject: owner.id, email: owner.email, now: at, requestId: SEED_REQUEST_ID, keyEnvironment, pepper },
    random,
  );
  const workspace_id = seed.id ?? made.workspace.id;
  const pinned = seed.api_key === undefined ? undefined : parseApiKey(seed.api_key);
  const key = {
    ...made.key,
    workspace_id,
    ...(pinned && { public_id: pinned.publicId, secret_hmac: hashSecret(pepper, pinned.secret) }),
  };
  return {
    workspace: { ...made.workspace, id: workspace_id, name: seed.name ?? made.workspace.name },
    member: { ...made.member, workspace_id },
    key,
    events: made.events.map((event) => ({
      ...event,
      workspace_id,
      ...(event.target_type === 'workspace'
        ? { target_id: workspace_id }
        : { details: { name: key.name, public_id: key.public_id } }),
    })),
    artifacts: seed.artifacts.map((artifact) => ({
      ...artifact,
      id: artifact.id ?? `art_${random.ulid(at)}`,
      workspace_id,
      latest_revision_id: artifact.latest_revision_id ?? `rev_${random.ulid(at)}`,
      last_published_at: artifact.last_published_at ?? isoTime(at),
    })),
  };
}

/** The rows of a workspace that a seed file describes. */
import { newUser } from './local-users.ts';
import type { RandomSource } from './random.ts';
import type { SeedFile } from './seed.ts';
import type { DirectoryUser } from './store/directory.ts';
import type { SeedWorkspace, Store } from './store/store.ts';
import { hashSecret, type KeyEnvironment, type Pepper, parseApiKey } from './workspace/api-key.ts';
import { provision } from './workspace/provision.ts';

export interface SeedTarget {
  readonly store: Store;
  /** File of the user directory. */
  readonly users: string;
  /** What the keys of the seed are hashed with. */
  readonly pepper: Pepper;
  readonly keyEnvironment: KeyEnvironment;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly random: RandomSource;
}

export function seededUser(
  { id, email, first_name, last_name }: SeedFile['users'][number],
  { now, random }: SeedTarget,
): DirectoryUser {
  const user = newUser(id ?? `user_${random.ulid(now)}`, email, new Date(now).toISOString());
  return { ...user, first_name: first_name ?? null, last_name: last_name ?? null };
}

/** In the events of a seed, where those of a sign-in have the id of its request; it has the form of one. */
const SEED_REQUEST_ID = 'seed-file';

/** What a sign-in of that user would have made, with what the seed pins. */
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
      last_published_at: artifact.last_published_at ?? new Date(at).toISOString(),
    })),
  };
}

/** A seed file: users, workspaces that are provisioned already, artifacts for the dashboard. Read, judged whole, then written. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { closest } from './closest.ts';
import { Failure } from './errors.ts';
import { newUser } from './local-users.ts';
import { systemReason } from './private-file.ts';
import type { RandomSource } from './random.ts';
import type { StatePaths } from './state-directory.ts';
import { type DirectoryUser, openDirectory, type UserDirectory } from './store/directory.ts';
import type { SeedWorkspace, Store } from './store/store.ts';
import { hashSecret, type KeyEnvironment, type Pepper, parseApiKey } from './workspace/api-key.ts';
import { provision } from './workspace/provision.ts';
import { readYaml, type YamlFile } from './yaml-file.ts';

const ulidId = (prefix: string) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}_[0-9A-HJKMNP-TV-Z]{26}$`), `must be ${prefix}_ and 26 Crockford base32 characters`);
const instant = z.iso
  .datetime({ error: 'must be an instant such as 2026-01-31T12:00:00Z' })
  .transform((text) => new Date(text).toISOString());
const email = z.email('must be an e-mail address').max(320);
const name = z.string().min(1).max(200);

const seedArtifact = z.strictObject({
  id: ulidId('art').optional(),
  title: z.string().min(1).max(400),
  status: z.enum(['Published', 'Deleted', 'Expired']).default('Published'),
  latest_revision_id: ulidId('rev').optional(),
  pinned: z.boolean().default(false),
  lockdown: z.boolean().default(false),
  last_published_at: instant.optional(),
  auto_delete_at: instant.nullable().default(null),
  entrypoint: z.string().min(1).max(400).default('index.html'),
  file_count: z.int().min(0).default(1),
  size_bytes: z.int().min(0).default(0),
});

const seedFile = z.strictObject({
  users: z
    .array(
      z.strictObject({
        id: z
          .string()
          .regex(/^[A-Za-z0-9_-]{1,255}$/, 'must be letters, digits, _ and -')
          .optional(),
        email,
        first_name: name.optional(),
        last_name: name.optional(),
      }),
    )
    .default([]),
  workspaces: z
    .array(
      z.strictObject({
        user: z.string().min(1),
        id: z.uuid('must be a UUID').optional(),
        name: z.string().min(1).max(400).optional(),
        created_at: instant.optional(),
        api_key: z
          .string()
          .refine((text) => parseApiKey(text) !== undefined, 'must be a whole key: ap_pk_preview_<16>_<43>')
          .optional(),
        artifacts: z.array(seedArtifact).default([]),
      }),
    )
    .default([]),
});

type Seed = z.output<typeof seedFile>;

interface SeedTarget {
  readonly store: Store;
  readonly paths: StatePaths;
  /** What the keys of the seed are hashed with. */
  readonly pepper: Pepper;
  readonly keyEnvironment: KeyEnvironment;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly random: RandomSource;
}

/** Writes what is not there yet; a server may be started with the same seed again. @throws Failure invalid_seed, naming line and field */
export async function applySeed(path: string, target: SeedTarget): Promise<void> {
  const file = readSeed(path);
  const seed = judge(file, path);
  const directory = openDirectory(target.paths.users);
  try {
    const users = seed.users.map((user) => knownUser(directory, user) ?? seededUser(user, target));
    const ownerOf = (reference: string, index: number): DirectoryUser => {
      const owner =
        users.find(({ id, email }) => id === reference || email === reference) ??
        directory.find(reference) ??
        directory.findByEmail(reference);
      if (owner) return owner;
      const known = users.flatMap(({ id, email }) => [id, email]);
      throw problem(
        path,
        file,
        ['workspaces', index, 'user'],
        `no user ${JSON.stringify(reference)} in this file or the local directory${closest(reference, known)}`,
      );
    };
    const workspaces = seed.workspaces.map((workspace, index) =>
      seededWorkspace(workspace, ownerOf(workspace.user, index), target),
    );
    for (const user of users) if (directory.find(user.id) === undefined) directory.add(user);
    await target.store.seed(workspaces);
  } finally {
    directory.close();
  }
}

function readSeed(path: string): YamlFile {
  try {
    return readYaml(readFileSync(path, 'utf8'), path, 'invalid_seed');
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('invalid_seed', `cannot read the seed file ${path}: ${systemReason(error)}`, undefined, error);
  }
}

function judge(file: YamlFile, path: string): Seed {
  const result = seedFile.safeParse(file.value ?? {});
  if (!result.success) {
    const issue = result.error.issues[0] as z.core.$ZodIssue;
    const extra = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
    throw problem(
      path,
      file,
      extra === undefined ? issue.path : [...issue.path, extra],
      extra === undefined ? issue.message : 'is not a known field',
    );
  }
  refuseRepeated(result.data, file, path);
  return result.data;
}

/** What a constraint would refuse half-way is refused before anything is written. */
function refuseRepeated({ users, workspaces }: Seed, file: YamlFile, path: string): void {
  const ids = new Set<string>();
  for (const [index, { id }] of users.entries()) {
    if (id !== undefined && ids.has(id)) throw problem(path, file, ['users', index, 'id'], 'stands twice');
    if (id !== undefined) ids.add(id);
  }
  const owners = new Set<string>();
  for (const [index, { user }] of workspaces.entries()) {
    if (owners.has(user))
      throw problem(path, file, ['workspaces', index, 'user'], 'has a workspace already; a user has one');
    owners.add(user);
  }
}

function problem(path: string, file: YamlFile, where: readonly PropertyKey[], what: string): Failure {
  const field = where
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`))
    .join('');
  return new Failure(
    'invalid_seed',
    `${path}:${file.lineOf(where)}: ${field === '' ? 'the file' : field}: ${what}`,
    'fixtures/seeds has examples.',
  );
}

function knownUser(directory: UserDirectory, { id, email }: Seed['users'][number]): DirectoryUser | undefined {
  return id === undefined ? directory.findByEmail(email) : directory.find(id);
}

function seededUser(
  { id, email, first_name, last_name }: Seed['users'][number],
  { now, random }: SeedTarget,
): DirectoryUser {
  const user = newUser(id ?? `user_${random.ulid(now)}`, email, new Date(now).toISOString());
  return { ...user, first_name: first_name ?? null, last_name: last_name ?? null };
}

/** What a sign-in of that user would have made, with what the seed pins. */
function seededWorkspace(
  seed: Seed['workspaces'][number],
  owner: DirectoryUser,
  { now, random, pepper, keyEnvironment }: SeedTarget,
): SeedWorkspace {
  const at = seed.created_at === undefined ? now : Date.parse(seed.created_at);
  const made = provision(
    { subject: owner.id, email: owner.email, now: at, requestId: 'seed', keyEnvironment, pepper },
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

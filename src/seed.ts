/** A seed file: users, workspaces that are provisioned already, artifacts for the dashboard. Read, judged whole, then written. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { closest } from './closest.ts';
import { Failure } from './errors.ts';
import { isEmail, isUserId } from './local-users.ts';
import { systemReason } from './private-file.ts';
import { type SeedTarget, seededUser, seededWorkspace } from './seed-workspace.ts';
import { type DirectoryUser, openDirectory, type UserDirectory } from './store/directory.ts';
import { parseApiKey } from './workspace/api-key.ts';
import { readYaml, type YamlFile } from './yaml-file.ts';

const ulidId = (prefix: string) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}_[0-9A-HJKMNP-TV-Z]{26}$`), `must be ${prefix}_ and 26 Crockford base32 characters`);
const instant = z.iso
  .datetime({ error: 'must be an instant such as 2026-01-31T12:00:00Z' })
  .transform((text) => new Date(text).toISOString());
const email = z.string().refine(isEmail, 'must be an e-mail address');
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

const seedUser = z.strictObject({
  id: z.string().refine(isUserId, 'must be 1 to 255 letters, digits, _ and -').optional(),
  email,
  first_name: name.optional(),
  last_name: name.optional(),
});

const provisioned = z.strictObject({
  user: z.string().min(1),
  id: z.uuid('must be a UUID').optional(),
  name: z.string().min(1).max(400).optional(),
  created_at: instant.optional(),
  api_key: z
    .string()
    .refine((text) => parseApiKey(text) !== undefined, 'must be a whole key: ap_pk_preview_<16>_<43>')
    .optional(),
  artifacts: z.array(seedArtifact).default([]),
});

const seedFile = z.strictObject({
  users: z.array(seedUser).default([]),
  workspaces: z.array(provisioned).default([]),
});

/** @param path of a mapping in the file */
function fieldsAt(path: readonly PropertyKey[]): readonly string[] {
  const schema = path.includes('artifacts')
    ? seedArtifact
    : path.length === 0
      ? seedFile
      : path[0] === 'users'
        ? seedUser
        : provisioned;
  return Object.keys(schema.shape);
}

export type SeedFile = z.output<typeof seedFile>;

export interface Seed {
  /**
   * Writes what is not there yet; a server may be started with the same seed again.
   * @throws Failure invalid_seed for a workspace whose user nobody knows, or an id that something else has
   */
  write(target: SeedTarget): Promise<void>;
}

/** Reads and judges the whole file before anything is made. @throws Failure invalid_seed, naming line and field */
export function readSeed(path: string): Seed {
  const file = readText(path);
  const seed = judge(file, path);
  return { write: (target) => write(seed, file, path, target) };
}

async function write(seed: SeedFile, file: YamlFile, path: string, target: SeedTarget): Promise<void> {
  const directory = openDirectory(target.users);
  try {
    const users = seed.users.map((user) => knownUser(directory, user) ?? seededUser(user, target));
    const owners = new Map<string, DirectoryUser>();
    const ownerOf = (reference: string, index: number): DirectoryUser => {
      const owner =
        users.find(({ id, email }) => id === reference || email === reference) ??
        directory.find(reference) ??
        directory.findByEmail(reference);
      const wrong = (what: string) => problem(path, file, ['workspaces', index, 'user'], what);
      if (owner === undefined) {
        const known = closest(
          reference,
          users.flatMap(({ id, email }) => [id, email]),
        );
        throw wrong(`no user ${JSON.stringify(reference)} in this file or the local directory${known}`);
      }
      if (owners.has(owner.id)) throw wrong('has a workspace already; a user has one');
      owners.set(owner.id, owner);
      return owner;
    };
    const workspaces = seed.workspaces.map((workspace, index) =>
      seededWorkspace(workspace, ownerOf(workspace.user, index), target),
    );
    // Workspaces first: they are one transaction, and the one that can fail.
    await target.store.seed(workspaces).catch((error) => {
      throw isConstraint(error) ? taken(path, error) : error;
    });
    for (const user of users) if (directory.find(user.id) === undefined) directory.add(user);
  } finally {
    directory.close();
  }
}

/** SQLITE_CONSTRAINT (sqlite.org/rescode.html). */
function isConstraint(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === 19;
}

function taken(path: string, cause: unknown): Failure {
  return new Failure(
    'invalid_seed',
    `${path}: an id or an API key of a workspace in this file belongs to another workspace of the database`,
    'Nothing was written. Choose other ids, or another database with --db.',
    cause,
  );
}

function readText(path: string): YamlFile {
  try {
    return readYaml(readFileSync(path, 'utf8'), path, 'invalid_seed');
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('invalid_seed', `cannot read the seed file ${path}: ${systemReason(error)}`, undefined, error);
  }
}

function judge(file: YamlFile, path: string): SeedFile {
  const result = seedFile.safeParse(file.value ?? {});
  if (!result.success) {
    const issue = mostTelling(result.error.issues);
    if (issue.code !== 'unrecognized_keys') throw problem(path, file, issue.path, words(issue));
    const [name = ''] = issue.keys;
    const meant = closest(name, fieldsAt(issue.path));
    throw problem(path, file, [...issue.path, name], `is not a known field${meant}`);
  }
  refuseRepeated(result.data, file, path);
  return result.data;
}

/** Of a misspelt field, zod says both that it is missing and that it is unknown. */
function mostTelling(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue {
  return (issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]) as z.core.$ZodIssue;
}

/** Zod's "Invalid input: expected string, received number", shorter. */
function words({ message, code }: z.core.$ZodIssue): string {
  if (code !== 'invalid_type') return message;
  return message.endsWith('received undefined') ? 'is missing' : message.replace('Invalid input: ', '');
}

/** What a constraint would refuse half-way is refused before anything is written. */
function refuseRepeated({ users, workspaces }: SeedFile, file: YamlFile, path: string): void {
  const seen = new Set<string>();
  const once = (kind: string, id: string | undefined, ...where: (string | number)[]) => {
    if (id === undefined) return;
    if (seen.has(`${kind} ${id}`)) throw problem(path, file, where, 'stands twice in this file');
    seen.add(`${kind} ${id}`);
  };
  for (const [index, { id, email }] of users.entries()) {
    once('user', id, 'users', index, 'id');
    // Without an id the address is what tells users apart.
    if (id === undefined) once('email', email.toLowerCase(), 'users', index, 'email');
  }
  for (const [index, { id, api_key, artifacts }] of workspaces.entries()) {
    once('workspace', id, 'workspaces', index, 'id');
    once('key', api_key && parseApiKey(api_key)?.publicId, 'workspaces', index, 'api_key');
    for (const [at, artifact] of artifacts.entries())
      once('artifact', artifact.id, 'workspaces', index, 'artifacts', at, 'id');
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

function knownUser(directory: UserDirectory, { id, email }: SeedFile['users'][number]): DirectoryUser | undefined {
  return id === undefined ? directory.findByEmail(email) : directory.find(id);
}

/** The schema of a seed file. The whole file is checked before anything is written. */
import { z } from 'zod';
import { parseApiKey } from '../../callback/workspace/api-key.ts';
import { Failure } from '../../errors/failure.ts';
import { type InputFile, judgeInput, problemIn } from '../../machine/input-file.ts';
import { isOneLine } from '../../machine/values/characters.ts';
import { problemWith, type ValueForm } from '../../machine/values/form.ts';
import { dateTime } from '../../machine/values/instant.ts';
import { email, externalId, isMetadata, METADATA_ACCEPTS, personName, userId } from '../../machine/values/user.ts';
import { isPassword, PASSWORD_ACCEPTS } from '../../workos/authkit/password.ts';
import { FAILURE_NAMES, isFailure } from '../../workos/failure-names.ts';

const ulidId = (prefix: string) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}_[0-9A-HJKMNP-TV-Z]{26}$`), `must be ${prefix}_ and 26 Crockford base32 characters`);
/** Follows the rule for all times (`values/instant.ts`): from 1970, because ids count milliseconds from then. */
const instant = read(dateTime).transform((milliseconds) => dateTime.write(milliseconds));
const line = (most: number) =>
  z.string().min(1).max(most).refine(isOneLine, 'must be one line without control characters');

/** A value that its form reads and refuses in its own words. */
function read<T>(form: ValueForm<T>) {
  return z.unknown().transform((value, { addIssue }): T => {
    const problem = value === undefined ? 'is missing' : problemWith(form, value);
    if (problem === undefined) return form.read(value, (message) => new Failure('invalid_seed', message));
    addIssue(problem);
    return z.NEVER;
  });
}

const seedArtifact = z.strictObject({
  id: ulidId('art').optional(),
  title: line(400),
  status: z.enum(['Published', 'Deleted', 'Expired']).default('Published'),
  latest_revision_id: ulidId('rev').optional(),
  pinned: z.boolean().default(false),
  lockdown: z.boolean().default(false),
  last_published_at: instant.optional(),
  auto_delete_at: instant.nullable().default(null),
  entrypoint: line(400).default('index.html'),
  file_count: z.int().min(0).default(1),
  size_bytes: z.int().min(0).default(0),
});

const seedUser = z.strictObject({
  id: read(userId).optional(),
  email: read(email),
  first_name: read(personName).optional(),
  last_name: read(personName).optional(),
  email_verified: z.boolean().default(true),
  external_id: read(externalId).optional(),
  metadata: z
    .record(z.string().min(1).max(40), z.string().max(600))
    .refine(isMetadata, `must be ${METADATA_ACCEPTS}`)
    .default({}),
  password: z.string().refine(isPassword, `must be ${PASSWORD_ACCEPTS}`).optional(),
  sign_in: z.string().refine(isFailure, `must be one of ${FAILURE_NAMES}`).optional(),
});

const word = z.string().min(1).max(100);

const seedMember = z.strictObject({
  user: z.string().min(1),
  role: word.default('member'),
  permissions: z.array(word).default([]),
  status: z.enum(['active', 'inactive']).default('active'),
});

const seedOrganization = z.strictObject({
  id: read(userId).optional(),
  name: z.string().min(1).max(200),
  entitlements: z.array(word).default([]),
  feature_flags: z.array(word).default([]),
  members: z.array(seedMember).default([]),
});

const provisioned = z.strictObject({
  user: z.string().min(1),
  id: z.uuid('must be a UUID').optional(),
  name: line(400).optional(),
  created_at: instant.optional(),
  api_key: z
    .string()
    .refine((text) => parseApiKey(text) !== undefined, 'must be a whole key: ap_pk_preview_<16>_<43>')
    .optional(),
  artifacts: z.array(seedArtifact).default([]),
});

const seedFile = z.strictObject({
  users: z.array(seedUser).default([]),
  organizations: z.array(seedOrganization).default([]),
  workspaces: z.array(provisioned).default([]),
});

export type SeedFile = z.output<typeof seedFile>;

export const HINT = 'fixtures/seeds has examples.';

/** An empty file is an empty seed. @throws Failure invalid_seed, naming line and field */
export function judgeSeed(file: InputFile): SeedFile {
  const seed = judgeInput({ ...file, value: file.value ?? {} }, seedFile, HINT);
  refuseRepeated(seed, file);
  return seed;
}

/** Refuses duplicates before anything is written; otherwise a database constraint would stop the seed half-way. */
function refuseRepeated({ users, organizations, workspaces }: SeedFile, file: InputFile): void {
  const seen = new Set<string>();
  const once = (kind: string, id: string | undefined, ...where: (string | number)[]) => {
    if (id === undefined) return;
    if (seen.has(`${kind} ${id}`)) throw problemIn(file, where, 'is in this file twice', HINT);
    seen.add(`${kind} ${id}`);
  };
  for (const [index, { id, email, external_id }] of users.entries()) {
    once('user', id, 'users', index, 'id');
    once('external', external_id, 'users', index, 'external_id');
    // Without ids, users are distinguished by their addresses.
    if (id === undefined) once('email', email.toLowerCase(), 'users', index, 'email');
  }
  for (const [index, { id, name }] of organizations.entries()) {
    once('organization', id, 'organizations', index, 'id');
    // Without ids, organizations are distinguished by their names.
    if (id === undefined) once('name', name, 'organizations', index, 'name');
  }
  for (const [index, { id, api_key, artifacts }] of workspaces.entries()) {
    once('workspace', id, 'workspaces', index, 'id');
    once('key', api_key && parseApiKey(api_key)?.publicId, 'workspaces', index, 'api_key');
    for (const [at, artifact] of artifacts.entries())
      once('artifact', artifact.id, 'workspaces', index, 'artifacts', at, 'id');
  }
}

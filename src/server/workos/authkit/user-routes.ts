/** Users, where more than the directory is asked: changing, removing, external ids, identities. */
import { isoTime } from '../../../machine/values/time.ts';
import { isMetadata, METADATA_ACCEPTS } from '../../../machine/values/user.ts';
import { hashPassword } from '../../../workos/authkit/password.ts';
import type { SignInRows } from '../../../workos/authkit/sign-ins.ts';
import { userObject } from '../../../workos/user-object.ts';
import type { DirectoryUser } from '../../../workos/users.ts';
import { json, type RequestOf } from '../../http/answers.ts';
import { readBody } from '../../http/body.ts';
import { mergedMetadata, readUserMembers, type UserMembers } from '../user-members.ts';
import { userTaken } from '../user-taken.ts';
import { INVALID_PARAMETERS, withApiKey, workosError } from '../workos-request.ts';
import type { AuthkitDeps } from './deps.ts';
import { MAX_BODY_BYTES } from './sent-form.ts';

/** Entries of metadata, together with those that are there. */
const TOO_MANY = Symbol('too many');

export const updateUser = withApiKey<AuthkitDeps>(async (c: RequestOf, { signIns, random }) => {
  const text = await readBody(c, MAX_BODY_BYTES, `a user takes at most ${MAX_BODY_BYTES} bytes`);
  const members = readUserMembers(text);
  if (typeof members === 'string') return workosError(c, 422, INVALID_PARAMETERS, members);
  const { password } = members;
  // Before the transaction: it takes long.
  const hidden = password === undefined ? {} : { passwordHash: await hashPassword(password, random) };
  const at = isoTime(c.get('context').now);
  const changed = await signIns.write((rows) => {
    const user = rows.users.find(userIdOf(c));
    if (user === undefined) return undefined;
    const taken = takenBy(rows, user, members);
    if (taken !== undefined) return taken;
    const { password: _, metadata: given, ...rest } = members;
    const metadata = mergedMetadata(user.metadata, given);
    if (!isMetadata(metadata)) return TOO_MANY;
    const next = { ...user, ...rest, metadata, updated_at: at };
    rows.users.update(next, hidden);
    return next;
  });
  if (changed === TOO_MANY) return workosError(c, 422, INVALID_PARAMETERS, `metadata must be ${METADATA_ACCEPTS}.`);
  if (typeof changed === 'string') return userTaken(c, 'update', changed);
  return changed === undefined ? notFound(c) : json(c, userObject(changed));
});

/** Their sessions end with them. */
export const deleteUser = withApiKey<AuthkitDeps>(async (c: RequestOf, { signIns }) => {
  const removed = await signIns.write(({ users }) => {
    const user = users.find(userIdOf(c));
    if (user !== undefined) users.remove(user.id);
    return user;
  });
  return removed === undefined ? notFound(c) : json(c, userObject(removed));
});

export const getUserByExternalId = withApiKey<AuthkitDeps>(async (c: RequestOf, { signIns }) => {
  const id = c.req.param('external_id') ?? '';
  const user = await signIns.read(({ users }) => users.ofExternalId(id));
  return user === undefined ? notFound(c) : json(c, userObject(user));
});

/** By which OAuth providers the user has signed in: a bare array, as WorkOS has it. */
export const listIdentities = withApiKey<AuthkitDeps>(async (c: RequestOf, { signIns }) => {
  const id = userIdOf(c);
  const providers = await signIns.read(({ users, sessions }) =>
    users.find(id) === undefined ? undefined : sessions.providersOf(id),
  );
  if (providers === undefined) return notFound(c);
  return json(
    c,
    providers.map((provider) => ({ idp_id: `${provider}|${id}`, type: 'OAuth', provider })),
  );
});

function takenBy({ users }: SignInRows, user: DirectoryUser, { email, external_id }: UserMembers) {
  const isOther = (other: DirectoryUser | undefined) => other !== undefined && other.id !== user.id;
  const isNewAddress = email !== undefined && email.toLowerCase() !== user.email.toLowerCase();
  if (isNewAddress && users.sharing(email).length > 0) return 'email' as const;
  return external_id != null && isOther(users.ofExternalId(external_id)) ? ('external_id' as const) : undefined;
}

function userIdOf(c: RequestOf): string {
  return c.req.param('id') ?? '';
}

function notFound(c: RequestOf): Response {
  return workosError(c, 404, 'entity_not_found', 'User not found.');
}

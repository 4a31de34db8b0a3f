/** The part of WorkOS that this API needs, with the paths and shapes of the real one, so that its SDK works (contract §3). */

import type { PublicKeySet } from '../../callback/identity.ts';
import { ApiError } from '../../errors/api-error.ts';
import { Failure } from '../../errors/failure.ts';
import type { RandomSource } from '../../machine/random.ts';
import { isoTime } from '../../machine/values/time.ts';
import { hashPassword } from '../../workos/authkit/password.ts';
import { userObject } from '../../workos/user-object.ts';
import type { DirectoryUser, UserDirectory, UserPage } from '../../workos/users.ts';
import { newUser } from '../../workos/users.ts';
import { json, type RequestOf } from '../http/answers.ts';
import { readBody } from '../http/body.ts';
import { queryParameter } from '../http/query.ts';
import { mergedMetadata, readUserMembers } from './user-members.ts';
import { userTaken } from './user-taken.ts';
import { carriesApiKey, INVALID_PARAMETERS, listParameters, workosError } from './workos-request.ts';

export interface LocalWorkos {
  readonly clientId: string;
  readonly apiKey: string;
  readonly jwks: () => PublicKeySet;
  readonly users: UserDirectory;
  readonly random: Pick<RandomSource, 'ulid' | 'bytes'>;
}

const MAX_BODY_BYTES = 16_384;

type Handler = (c: RequestOf, workos: LocalWorkos) => Response | Promise<Response>;

/** One for each route of the table that is `local`. */
export const WORKOS_HANDLERS = {
  getJwks: jwks,
  getUser: withApiKey(getUser),
  listUsers: withApiKey(listUsers),
  createUser: withApiKey(createUser),
} as const satisfies Record<string, Handler>;

function jwks(c: RequestOf, { clientId, jwks: read }: LocalWorkos): Response {
  if (c.req.param('client_id') !== clientId) return workosError(c, 404, 'entity_not_found', 'Client not found.');
  return json(c, read());
}

function getUser(c: RequestOf, workos: LocalWorkos): Response {
  const id = c.req.param('id') ?? '';
  const user = workos.users.find(id);
  return user ? json(c, userObject(user)) : workosError(c, 404, 'entity_not_found', `User not found: '${id}'.`);
}

function listUsers(c: RequestOf, { users }: LocalWorkos): Response {
  const page = pageOf(c, users);
  if (page instanceof Response) return page;
  return json(c, {
    object: 'list',
    data: page.users.map(userObject),
    list_metadata: { before: page.before, after: page.after },
  });
}

async function createUser(c: RequestOf, { users, random }: LocalWorkos): Promise<Response> {
  const text = await readBody(c, MAX_BODY_BYTES, `a user takes at most ${MAX_BODY_BYTES} bytes`);
  const members = readUserMembers(text);
  if (typeof members === 'string') return workosError(c, 422, INVALID_PARAMETERS, members);
  const { email, password, metadata, ...rest } = members;
  if (email === undefined) return workosError(c, 422, INVALID_PARAMETERS, 'email must be an e-mail address.');
  const { now } = c.get('context');
  const wanted: DirectoryUser = {
    ...newUser(`user_${random.ulid(now)}`, email, isoTime(now)),
    ...rest,
    metadata: mergedMetadata({}, metadata),
  };
  const passwordHash = password === undefined ? null : await hashPassword(password, random);
  try {
    const [user] = users.findOrAdd(wanted, { passwordHash });
    return user === wanted ? json(c, userObject(user), 201) : userTaken(c, 'create', 'email');
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'conflict') throw error;
    return userTaken(c, 'create', 'external_id');
  }
}

/** Answers in WorkOS's words when the request does not carry the WorkOS API key. */
function withApiKey(handle: Handler): Handler {
  return (c, workos) =>
    carriesApiKey(c, workos.apiKey) ? handle(c, workos) : json(c, { message: 'Unauthorized' }, 401);
}

function pageOf(c: RequestOf, users: UserDirectory): UserPage | Response {
  const parameters = listParameters(c);
  if (parameters instanceof Response) return parameters;
  try {
    return users.list({ ...parameters, email: queryParameter(c, 'email') });
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'invalid_request') throw error;
    return workosError(c, 422, INVALID_PARAMETERS, error.message);
  }
}

/** WorkOS as far as this API needs it, with the paths and shapes of the real one, so that its SDK works (contract §3). */
import { DEFAULT_USER_PAGE_LIMIT, MAX_PAGE_LIMIT } from '../contract/constants.ts';
import { ApiError } from '../errors.ts';
import type { PublicKeySet } from '../identity/identity.ts';
import type { RandomSource } from '../random.ts';
import type { DirectoryUser, UserDirectory, UserPage } from '../store/directory.ts';
import { json, type RequestOf } from './answers.ts';
import { readBody } from './body.ts';
import { bearerOf, sameSecret } from './credentials.ts';
import { limitParameter, queryParameter } from './query.ts';

export interface LocalWorkos {
  readonly clientId: string;
  readonly apiKey: string;
  readonly jwks: () => PublicKeySet;
  readonly users: UserDirectory;
  readonly random: Pick<RandomSource, 'ulid'>;
}

const MAX_BODY_BYTES = 16_384;
/** What WorkOS calls parameters and bodies that it cannot use. */
const INVALID_PARAMETERS = 'invalid_request_parameters';
const EMAIL = /^[^\s@]+@[^\s@]+$/;

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
  const body = readUser(text);
  if (body === undefined)
    return workosError(
      c,
      422,
      INVALID_PARAMETERS,
      'email must be an e-mail address; first_name and last_name must be strings.',
    );
  if (users.findByEmail(body.email)) {
    return json(
      c,
      {
        message: 'Could not create user.',
        code: 'user_creation_error',
        errors: [{ code: 'email_not_available', message: 'Email not available.' }],
      },
      400,
    );
  }
  const { now } = c.get('state');
  const at = new Date(now).toISOString();
  const user: DirectoryUser = { id: `user_${random.ulid(now)}`, ...body, created_at: at, updated_at: at };
  users.add(user);
  return json(c, userObject(user), 201);
}

/** Answers in WorkOS's words when the request does not carry the WorkOS API key. */
function withApiKey(handle: Handler): Handler {
  return (c, workos) => (carriesApiKey(c, workos) ? handle(c, workos) : json(c, { message: 'Unauthorized' }, 401));
}

function carriesApiKey(c: RequestOf, { apiKey }: LocalWorkos): boolean {
  try {
    return sameSecret(bearerOf(c), apiKey);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error; // no credential at all is answered like a wrong one
    return false;
  }
}

function pageOf(c: RequestOf, users: UserDirectory): UserPage | Response {
  try {
    const order = queryParameter(c, 'order');
    if (order !== undefined && order !== 'asc' && order !== 'desc')
      throw new ApiError('invalid_request', 'order must be asc or desc');
    return users.list({
      email: queryParameter(c, 'email'),
      after: queryParameter(c, 'after'),
      before: queryParameter(c, 'before'),
      limit: limitParameter(c, DEFAULT_USER_PAGE_LIMIT, MAX_PAGE_LIMIT),
      ...(order === undefined ? {} : { order }),
    });
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'invalid_request') throw error;
    return workosError(c, 422, INVALID_PARAMETERS, error.message);
  }
}

function workosError(c: RequestOf, status: number, code: string, message: string): Response {
  return json(c, { message, code }, status);
}

function readUser(text: string): Pick<DirectoryUser, 'email' | 'first_name' | 'last_name'> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { email, first_name = null, last_name = null } = value as Record<string, unknown>;
  if (typeof email !== 'string' || email.length > 320 || !EMAIL.test(email)) return undefined;
  if (!isName(first_name) || !isName(last_name)) return undefined;
  return { email, first_name, last_name };
}

function isName(value: unknown): value is string | null {
  return value === null || (typeof value === 'string' && value.length <= 200);
}

function userObject({ id, email, first_name, last_name, created_at, updated_at }: DirectoryUser) {
  return {
    object: 'user',
    id,
    email,
    email_verified: true,
    first_name,
    last_name,
    profile_picture_url: null,
    last_sign_in_at: null,
    external_id: null,
    metadata: {},
    locale: null,
    created_at,
    updated_at,
  };
}

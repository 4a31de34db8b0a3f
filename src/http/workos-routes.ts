/** WorkOS as far as this API needs it, with the paths and shapes of the real one, so that its SDK works (contract §3). */

import { ApiError } from '../errors.ts';
import type { PublicKeySet } from '../identity/identity.ts';
import type { RandomSource } from '../random.ts';
import type { DirectoryUser, UserDirectory } from '../store/directory.ts';
import { json, type RequestOf } from './answers.ts';
import { bearerOf, sameSecret } from './credentials.ts';

export interface LocalWorkos {
  readonly clientId: string;
  readonly apiKey: string;
  readonly jwks: () => PublicKeySet;
  readonly users: UserDirectory;
  readonly random: Pick<RandomSource, 'ulid'>;
}

const MAX_BODY_BYTES = 16_384;
const MAX_LIMIT = 100;
const DEFAULT_LIMIT = 10;
const EMAIL = /^[^\s@]+@[^\s@]+$/;

export function jwks(c: RequestOf, { clientId, jwks: read }: LocalWorkos): Response {
  if (c.req.param('client_id') !== clientId) return workosError(c, 404, 'entity_not_found', 'Client not found.');
  return json(c, read());
}

export function getUser(c: RequestOf, workos: LocalWorkos): Response {
  const id = c.req.param('id') ?? '';
  const user = workos.users.find(id);
  return user ? json(c, userObject(user)) : workosError(c, 404, 'entity_not_found', `User not found: '${id}'.`);
}

export function listUsers(c: RequestOf, { users }: LocalWorkos): Response {
  const { email, after, before, order, limit: text } = c.req.query();
  const limit = text === undefined ? DEFAULT_LIMIT : Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
    return workosError(c, 422, 'invalid_request_parameters', `limit must be a number from 1 to ${MAX_LIMIT}.`);
  if (order !== undefined && order !== 'asc' && order !== 'desc')
    return workosError(c, 422, 'invalid_request_parameters', 'order must be asc or desc.');
  const page = users.list({ email, after, before, limit, ...(order === undefined ? {} : { order }) });
  return json(c, {
    object: 'list',
    data: page.users.map(userObject),
    list_metadata: { before: page.before, after: page.after },
  });
}

export async function createUser(c: RequestOf, { users, random }: LocalWorkos): Promise<Response> {
  if (Number(c.req.header('content-length') ?? 0) > MAX_BODY_BYTES)
    throw new ApiError('payload_too_large', `at most ${MAX_BODY_BYTES} bytes`);
  const body = readUser(await c.req.text());
  if (body === undefined)
    return workosError(
      c,
      422,
      'invalid_request_parameters',
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

/** Whether the request carries the WorkOS API key; if not, the answer that says so in WorkOS's words. */
export function refuseOtherApiKey(c: RequestOf, { apiKey }: LocalWorkos): Response | undefined {
  try {
    if (sameSecret(bearerOf(c), apiKey)) return undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error; // no credential at all is answered like a wrong one
  }
  return json(c, { message: 'Unauthorized' }, 401);
}

function workosError(c: RequestOf, status: number, code: string, message: string): Response {
  return json(c, { message, code }, status);
}

function readUser(text: string): Pick<DirectoryUser, 'email' | 'first_name' | 'last_name'> | undefined {
  let value: unknown;
  try {
    value = text.length <= MAX_BODY_BYTES ? JSON.parse(text) : undefined;
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

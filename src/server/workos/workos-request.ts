/** Shared by the routes of the local WorkOS: the API key, the parameters of lists, the form of errors. */
import { ApiError } from '../../errors/api-error.ts';
import type { Listed, WorkosListQuery } from '../../workos/authkit/sign-ins.ts';
import { DEFAULT_USER_PAGE_LIMIT, MAX_PAGE_LIMIT } from '../contract/constants.ts';
import { json, type RequestOf } from '../http/answers.ts';
import { bearerOf, sameSecret } from '../http/credentials.ts';
import { limitParameter, queryParameter } from '../http/query.ts';

/** The error codes of WorkOS for invalid parameters and bodies. */
export const INVALID_PARAMETERS = 'invalid_request_parameters';

export function workosError(c: RequestOf, status: number, code: string, message: string): Response {
  return json(c, { message, code }, status);
}

type Answering<Deps> = (c: RequestOf, deps: Deps) => Response | Promise<Response>;

/** Answers in WorkOS's words when the request does not carry the WorkOS API key. */
export function withApiKey<Deps extends { readonly options: { readonly apiKey: string } }>(
  handle: Answering<Deps>,
): Answering<Deps> {
  return (c, deps) =>
    carriesApiKey(c, deps.options.apiKey) ? handle(c, deps) : json(c, { message: 'Unauthorized' }, 401);
}

export function carriesApiKey(c: RequestOf, apiKey: string): boolean {
  try {
    return sameSecret(bearerOf(c), apiKey);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error; // a missing credential is answered like a wrong one
    return false;
  }
}

/** @returns the answer to invalid parameters */
export function listParameters(c: RequestOf): WorkosListQuery | Response {
  try {
    const order = queryParameter(c, 'order');
    if (order !== undefined && order !== 'asc' && order !== 'desc')
      throw new ApiError('invalid_request', 'order must be asc or desc');
    return {
      after: queryParameter(c, 'after'),
      before: queryParameter(c, 'before'),
      limit: limitParameter(c, DEFAULT_USER_PAGE_LIMIT, MAX_PAGE_LIMIT),
      order,
    };
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'invalid_request') throw error;
    return workosError(c, 422, INVALID_PARAMETERS, error.message);
  }
}

/** One page of a list, in the form of WorkOS. */
export async function listAnswer<T>(
  c: RequestOf,
  show: (item: T) => object,
  read: (query: WorkosListQuery) => Promise<Listed<T> | undefined>,
): Promise<Response> {
  const query = listParameters(c);
  if (query instanceof Response) return query;
  try {
    const page = await read(query);
    if (page === undefined) return workosError(c, 404, 'entity_not_found', 'The id is unknown.');
    const { items, before, after } = page;
    return json(c, { object: 'list', data: items.map(show), list_metadata: { before, after } });
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'invalid_request') throw error;
    return workosError(c, 422, INVALID_PARAMETERS, error.message);
  }
}

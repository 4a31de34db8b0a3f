/** The canonical user of a token comes from WorkOS, never from a claim (contract §1, step 3). */
import { refusal } from '../errors/api-error.ts';
import { isEmail } from '../machine/values/user.ts';
import { TimeoutError } from './bounded-request.ts';
import type { Identity, VerifiedToken, WorkosUser } from './identity.ts';
import { get, type IssuerAnswer, requestFailure } from './issuer-request.ts';

/** Returns the unchecked body of `GET /user_management/users/{sub}`. @throws ApiError user_fetch_failed, user_endpoint_unavailable, workos_credentials_refused */
export type UserLookup = (subject: string) => Promise<unknown>;

/** The users of the issuer in this process. */
export function localUsers(find: (subject: string) => WorkosUser | undefined): UserLookup {
  return async (subject) => {
    const user = find(subject);
    if (user === undefined)
      throw refusal('user_fetch_failed', { expected: 'a user of the local directory', received: subject });
    return user;
  };
}

export interface RemoteUserSettings {
  readonly baseUrl: string;
  readonly apiKey: string;
}

const SILENT = 'no answer in time to the last request, and another callback asks again';

/**
 * Every callback asks. After a request that was not answered in time, one callback at a time asks, until WorkOS answers
 * it; the others fail at once. So an outage costs WorkOS one request at a time, and other callers no wait.
 */
export function remoteUsers({ baseUrl, apiKey }: RemoteUserSettings): UserLookup {
  const users = `${baseUrl.replace(/\/$/, '')}/user_management/users`;
  let isSilent = false;
  let asking = 0;
  return async (subject) => {
    const expected = `a user from ${users}`;
    if (isSilent && asking > 0) throw refusal('user_endpoint_unavailable', { expected, received: SILENT });
    let answer: IssuerAnswer;
    asking += 1;
    try {
      answer = await get(`${users}/${encodeURIComponent(subject)}`, {
        authorization: `Bearer ${apiKey}`,
        accept: 'application/json',
      });
      isSilent = false;
    } catch (cause) {
      isSilent = cause instanceof TimeoutError;
      throw refusal('user_endpoint_unavailable', { expected, received: requestFailure(cause), cause });
    } finally {
      asking -= 1;
    }
    const received = `status ${answer.status}`;
    if (answer.status === 404) throw refusal('user_fetch_failed', { expected, received });
    // This server's own API key is refused; the caller is not at fault.
    if (answer.status === 401 || answer.status === 403)
      throw refusal('workos_credentials_refused', { expected, received });
    if (answer.status !== 200) throw refusal('user_endpoint_unavailable', { expected, received });
    try {
      return JSON.parse(answer.text);
    } catch (cause) {
      throw refusal('user_endpoint_unavailable', { expected, received: 'something that is not JSON', cause });
    }
  };
}

/** @throws ApiError user_id_mismatch, user_email_missing, and the errors of the look-up */
export async function identify(token: VerifiedToken, lookup: UserLookup): Promise<Identity> {
  const body = await lookup(token.subject);
  const user = unwrap(body);
  if (user === undefined)
    throw refusal('user_endpoint_unavailable', { expected: 'a user', received: 'another JSON value' });
  if (user.id !== token.subject) {
    throw refusal('user_id_mismatch', {
      expected: token.subject,
      received: typeof user.id === 'string' ? user.id : 'no id',
    });
  }
  const email = user.email;
  if (!isEmail(email)) {
    throw refusal('user_email_missing', {
      expected: 'an e-mail address',
      received: typeof email === 'string' ? `${email.length} characters` : 'none',
    });
  }
  return { ...token, email };
}

/** Some versions of the API wrap the user as `{ user: { … } }`. */
function unwrap(body: unknown): Record<string, unknown> | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  const inner: unknown = 'user' in body ? body.user : body;
  return typeof inner === 'object' && inner !== null && !Array.isArray(inner)
    ? (inner as Record<string, unknown>)
    : undefined;
}

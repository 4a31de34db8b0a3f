/** Which client asks for tokens, and whether it authenticates with the API key, as client_secret or as Bearer. */
import { ApiError } from '../../../errors/api-error.ts';
import { oauthRefusal, type Refusal } from '../../../workos/authkit/refusal.ts';
import type { RequestOf } from '../../http/answers.ts';
import { bearerOf, sameSecret } from '../../http/credentials.ts';
import type { AuthkitOptions } from './deps.ts';
import type { Members } from './grant-body.ts';

export interface KnownClient {
  /** Without a secret. */
  readonly isPublic: boolean;
}

/** 400 for what the body says, because the SDKs lose the body of a 401. */
export function judgeClient(
  c: RequestOf,
  members: Members,
  { clientId, apiKey }: AuthkitOptions,
): KnownClient | Refusal {
  const id = members.text('client_id');
  if (id === undefined) return oauthRefusal('invalid_request', 'client_id must be given, as text.');
  if (id !== clientId) return oauthRefusal('invalid_client', `Invalid client ID: this server plays ${clientId}.`);
  const bearer = bearerIn(c);
  if (bearer !== undefined && !sameSecret(bearer, apiKey))
    return { status: 401, body: { message: 'Unauthorized' }, reason: 'wrong_api_key' };
  if (!members.has('client_secret')) return { isPublic: bearer === undefined };
  const secret = members.text('client_secret');
  if (secret === undefined || !sameSecret(secret, apiKey))
    return oauthRefusal('invalid_client', 'Invalid client secret.');
  return { isPublic: false };
}

/** Two Authorization headers, or one of another scheme, do not count as an API key. */
function bearerIn(c: RequestOf): string | undefined {
  if (c.req.header('authorization') === undefined) return undefined;
  try {
    return bearerOf(c);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return '';
  }
}

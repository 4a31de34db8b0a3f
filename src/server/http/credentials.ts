/** Reading and judging the credential of a request. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { VerifiedToken } from '../../callback/identity.ts';
import { verifiedSender } from '../../callback/token/sender.ts';
import { type Verifier, verifyAccessToken } from '../../callback/token/verify.ts';
import { inSpan } from '../../callback/trace.ts';
import { parseApiKey } from '../../callback/workspace/api-key.ts';
import type { MemberScope } from '../../callback/workspace/records.ts';
import { ApiError, refusal } from '../../errors/api-error.ts';
import type { KeyContext, MemberContext, Store } from '../../store/store.ts';
import { type RequestOf, tell } from './answers.ts';
import { bindingsOf } from './bindings.ts';

/** @throws ApiError no_bearer, multiple_credentials */
export function bearerOf(c: RequestOf): string {
  return bearerCredential(authorizationHeaders(c));
}

/** `c.req` has two headers joined as one, so they are counted in Node's own request object. */
function authorizationHeaders(c: RequestOf): string[] {
  const raw = bindingsOf(c).incoming?.rawHeaders;
  if (raw === undefined) return [c.req.header('authorization')].flatMap((value) => value ?? []);
  return raw.filter((_, index) => index % 2 === 1 && raw[index - 1]?.toLowerCase() === 'authorization');
}

/**
 * The one bearer credential of a request (RFC 6750 section 2.1).
 * @param headers every Authorization header of the request, in order
 * @throws ApiError no_bearer, multiple_credentials
 */
export function bearerCredential(headers: readonly string[]): string {
  if (headers.length > 1)
    throw refusal('multiple_credentials', { expected: '1 Authorization header', received: String(headers.length) });
  // The scheme is case-insensitive and ends at white space. The verifier judges the rest, including a tab. Node has
  // already removed spaces at both ends. `trim` would also remove a no-break space, which is not white space in HTTP
  // (RFC 9110 section 5.6.3).
  const credential = headers[0]?.match(/^bearer(?=[ \t]) *(.*)/is)?.[1];
  if (!credential) throw refusal('no_bearer', { expected: 'Authorization: Bearer <token>', received: 'none' });
  return credential;
}

/** Verifies an access token and adds its user to the log line. @throws ApiError with the reason of the first failed check */
export async function verifiedToken(c: RequestOf, credential: string, verifier: Verifier): Promise<VerifiedToken> {
  const { now, trace } = c.get('context');
  const token = await inSpan(trace, 'verify', () => verifyAccessToken(credential, verifier, now, undefined, trace));
  tell(c, { who: verifiedSender(token) });
  return token;
}

/** The member behind an access token. @throws ApiError 401 for the token, forbidden for an unknown member or a missing scope */
export async function authenticatedMember(
  c: RequestOf,
  verifier: Verifier,
  store: Store,
  scope: MemberScope | null,
): Promise<MemberContext> {
  const { subject } = await verifiedToken(c, bearerOf(c), verifier);
  const context = await store.memberOf(subject);
  if (context === undefined)
    throw new ApiError(
      'forbidden',
      'the user of this token is not a member of any workspace; sign in through the callback first',
    );
  if (scope !== null && !context.member.scopes.includes(scope))
    throw new ApiError('forbidden', `this needs the scope ${scope}`);
  return context;
}

/** @throws ApiError not_authenticated with bad_api_key */
export async function authenticatedKey(c: RequestOf, store: Store): Promise<KeyContext> {
  const text = parseApiKey(bearerOf(c));
  const context = text && (await store.authenticateKey(text, c.get('context').now));
  if (context === undefined) throw refusal('bad_api_key');
  return context;
}

/** Compares two secrets in constant time. */
export function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** Reading and judging the credential of a request. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import { ApiError, refusal } from '../errors.ts';
import { bearerCredential } from '../identity/credentials.ts';
import type { VerifiedToken } from '../identity/identity.ts';
import { type Verifier, verifyAccessToken } from '../identity/verify.ts';
import type { KeyContext, MemberContext, Store } from '../store/store.ts';
import { parseApiKey } from '../workspace/api-key.ts';
import type { RequestOf } from './answers.ts';

/** @throws ApiError no_bearer, multiple_credentials */
export function bearerOf(c: RequestOf): string {
  return bearerCredential(authorizationHeaders(c));
}

/** Two headers reach `c.req` joined as one, so they are counted where they came in. */
function authorizationHeaders(c: RequestOf): string[] {
  const raw = (c.env as Partial<HttpBindings> | undefined)?.incoming?.rawHeaders;
  if (raw === undefined) return [c.req.header('authorization')].flatMap((value) => value ?? []);
  return raw.filter((_, index) => index % 2 === 1 && raw[index - 1]?.toLowerCase() === 'authorization');
}

/** Verifies the access token and notes for the log whose it is. @throws ApiError with the reason of the first failed check */
export async function verifiedToken(c: RequestOf, verifier: Verifier): Promise<VerifiedToken> {
  const state = c.get('state');
  const token = await verifyAccessToken(bearerOf(c), verifier, state.now);
  state.issuer = token.issuer;
  state.subject = token.subject;
  state.sessionId = token.sessionId;
  return token;
}

/** The member behind an access token. @throws ApiError 401 for the token, forbidden for an unknown member or a missing scope */
export async function authenticatedMember(
  c: RequestOf,
  verifier: Verifier,
  store: Store,
  scope: string | null,
): Promise<MemberContext> {
  const { subject } = await verifiedToken(c, verifier);
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
  const context = text && (await store.authenticateKey(text, c.get('state').now));
  if (context === undefined) throw refusal('bad_api_key');
  return context;
}

/** Compares two secrets without telling by the time how far they agree. */
export function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** Makes a server accept a callback that the correct server has just refused. */

import { type Identity, idempotencyKeyOf } from '../../../callback/identity.ts';
import { identify, type UserLookup } from '../../../callback/user.ts';
import type { Reason } from '../../../errors/reasons.ts';
import { CALLBACK_PATH } from '../../../server/contract/constants.ts';
import type { Wrapping } from '../../../server/parts.ts';

type Claims = Readonly<Record<string, unknown>>;

interface RefusedCallback {
  readonly reason: Reason;
  readonly requestId: string;
  readonly claims: Claims;
  /** From the unverified token. */
  readonly identity: Identity;
}

/** Answers a callback although it is refused for this reason, under the chosen token id. */
export function lettingThrough(
  reason: Reason,
  tokenIdFor: (claims: Claims, now: number) => string | undefined,
): Wrapping {
  return {
    fetch:
      (fetch, { lookup, callback, now }) =>
      async (request, bindings) => {
        const response = await fetch(request, bindings);
        const refused = await identityBehind(request, response, lookup);
        const tokenId = refused?.reason === reason ? tokenIdFor(refused.claims, now()) : undefined;
        if (refused === undefined || tokenId === undefined) return response;
        const { requestId, identity } = refused;
        const idempotencyKey = idempotencyKeyOf({ ...identity, tokenId });
        const { status, body } = await callback({ ...identity, tokenId, idempotencyKey }, { now: now(), requestId });
        const headers = { 'Content-Type': 'application/json; charset=utf-8', 'X-Request-Id': requestId };
        return new Response(body as Uint8Array<ArrayBuffer>, { status, headers });
      },
  };
}

/** The user in the claims of a refused callback; undefined if it cannot be read or is unknown to WorkOS. */
export async function identityBehind(
  request: Request,
  response: Response,
  lookup: UserLookup,
): Promise<RefusedCallback | undefined> {
  if (response.status !== 401 || new URL(request.url).pathname !== CALLBACK_PATH) return undefined;
  const { error } = (await response.clone().json()) as { error: { reason: Reason; request_id: string } };
  if (error.reason === 'user_fetch_failed') return undefined;
  const claims = claimsOf(request.headers.get('authorization') ?? '');
  const { iss, sub, jti, sid, exp } = claims ?? {};
  if (claims === undefined || typeof sub !== 'string' || typeof iss !== 'string') return undefined;
  const ids = { tokenId: typeof jti === 'string' ? jti : null, sessionId: typeof sid === 'string' ? sid : null };
  const token = {
    issuer: iss,
    subject: sub,
    ...ids,
    expiresAt: Number(exp ?? 0),
    idempotencyKey: idempotencyKeyOf(ids),
  };
  const identity = await identify(token, lookup);
  return { reason: error.reason, requestId: error.request_id, claims, identity };
}

function claimsOf(authorization: string): Claims | undefined {
  const payload = Buffer.from(authorization.split('.')[1] ?? '', 'base64url').toString();
  if (!payload.startsWith('{') || !payload.endsWith('}')) return undefined;
  return JSON.parse(payload) as Claims;
}

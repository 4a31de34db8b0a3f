/** What a server that does not look closely would do with a callback that the right one has just refused. */
import { CALLBACK_PATH } from '../contract/constants.ts';
import type { Reason } from '../errors.ts';
import type { Identity } from '../identity/identity.ts';
import { identify, type UserLookup } from '../identity/users.ts';
import type { Wrapping } from '../serve.ts';

type Claims = Readonly<Record<string, unknown>>;

interface RefusedCallback {
  readonly reason: Reason;
  readonly requestId: string;
  readonly claims: Claims;
  /** As the unverified token has it. */
  readonly identity: Identity;
}

/** Answers a callback that is refused for this reason all the same, under the token id that is chosen for it. */
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
        const { status, body } = await callback({ ...identity, tokenId }, { now: now(), requestId });
        const headers = { 'Content-Type': 'application/json; charset=utf-8', 'X-Request-Id': requestId };
        return new Response(body as Uint8Array<ArrayBuffer>, { status, headers });
      },
  };
}

/** The user whom a refused callback claims to be; undefined where none can be read, or WorkOS has no such user. */
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
  const identity = await identify(
    {
      issuer: iss,
      subject: sub,
      tokenId: typeof jti === 'string' ? jti : null,
      sessionId: typeof sid === 'string' ? sid : null,
      expiresAt: Number(exp ?? 0),
    },
    lookup,
  );
  return { reason: error.reason, requestId: error.request_id, claims, identity };
}

function claimsOf(authorization: string): Claims | undefined {
  const payload = Buffer.from(authorization.split('.')[1] ?? '', 'base64url').toString();
  if (!payload.startsWith('{') || !payload.endsWith('}')) return undefined;
  return JSON.parse(payload) as Claims;
}

/** `POST /v1/auth/web/callback` (contract §1). */
import type { Hold, ResolveCallback } from '../callback.ts';
import { idempotencyKeyOf } from '../callback.ts';
import { ApiError } from '../errors.ts';
import { identify, type UserLookup } from '../identity/users.ts';
import type { Verifier } from '../identity/verify.ts';
import { answer, type RequestOf } from './answers.ts';
import { hasBody, refuseLargeBody } from './body.ts';
import { bearerOf, verifiedToken } from './credentials.ts';

export interface CallbackRouteDeps {
  readonly verifier: Verifier;
  readonly lookup: UserLookup;
  readonly callback: ResolveCallback;
  readonly hold?: Hold | undefined;
}

export async function handleCallback(
  c: RequestOf,
  { verifier, lookup, callback, hold }: CallbackRouteDeps,
): Promise<Response> {
  bearerOf(c); // whoever sends no credential hears of that, whatever stands in the body
  await refuseOtherBody(c);
  const state = c.get('state');
  const token = await verifiedToken(c, verifier);
  state.idempotencyKey = idempotencyKeyOf(token);
  const identity = await identify(token, lookup);
  await hold?.('after-verify');
  const { outcome, status, body, warning } = await callback(identity, state);
  state.outcome = outcome;
  if (warning !== undefined) state.warning = warning;
  await hold?.('before-send');
  return answer(
    c,
    status,
    body as Uint8Array<ArrayBuffer>,
    outcome === 'replayed' ? { 'Idempotency-Replayed': 'true' } : {},
  );
}

/** The callback needs no body. One is tolerated, as JSON and up to this size. */
const MAX_BODY_BYTES = 1024;

async function refuseOtherBody(c: RequestOf): Promise<void> {
  if (!hasBody(c)) return;
  if (!/^application\/json(?:\s*;|$)/i.test(c.req.header('content-type') ?? ''))
    throw new ApiError('invalid_request', 'a body of the callback must be application/json; none is needed');
  await refuseLargeBody(c, MAX_BODY_BYTES, `the callback takes no body, or JSON of at most ${MAX_BODY_BYTES} bytes`);
}

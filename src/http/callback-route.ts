/** `POST /v1/auth/web/callback` (contract §1). */
import { bodyLimit } from 'hono/body-limit';
import type { Hold, ResolveCallback } from '../callback.ts';
import { idempotencyKeyOf } from '../callback.ts';
import { ApiError } from '../errors.ts';
import { identify, type UserLookup } from '../identity/users.ts';
import type { Verifier } from '../identity/verify.ts';
import { answer, type RequestOf } from './answers.ts';
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
  await refuseLargeBody(c);
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

async function refuseLargeBody(c: RequestOf): Promise<void> {
  const tooLarge = () =>
    new ApiError('payload_too_large', `the callback takes no body, or JSON of at most ${MAX_BODY_BYTES} bytes`);
  const chunked = c.req.header('transfer-encoding') !== undefined;
  const length = Number(c.req.header('content-length') ?? 0);
  if (length > MAX_BODY_BYTES) throw tooLarge();
  if (!chunked && length === 0) return;
  const type = c.req.header('content-type') ?? '';
  if (!/^application\/json(?:\s*;|$)/i.test(type)) {
    throw new ApiError('invalid_request', 'a body of the callback must be application/json; none is needed');
  }
  if (chunked) {
    const refused = await bodyLimit({ maxSize: MAX_BODY_BYTES, onError: () => new Response(null, { status: 413 }) })(
      c,
      async () => undefined,
    );
    if (refused) throw tooLarge();
  }
}

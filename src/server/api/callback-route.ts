/** `POST /v1/auth/web/callback` (contract §1). */
import { type Hold, held, type ResolveCallback } from '../../callback/callback.ts';
import type { Verifier } from '../../callback/token/verify.ts';
import { inSpan } from '../../callback/trace.ts';
import { identify, type UserLookup } from '../../callback/user.ts';
import { ApiError } from '../../errors/api-error.ts';
import { answer, type RequestOf, tell } from '../http/answers.ts';
import { announcedLength, bodyOf } from '../http/body.ts';
import { bearerOf, verifiedToken } from '../http/credentials.ts';

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
  const { trace } = c.get('context');
  const credential = bearerOf(c); // first: a missing credential is reported before anything is said about the body
  trace?.judging(credential);
  await inSpan(trace, 'read', () => refuseOtherBody(c));
  const token = await verifiedToken(c, credential, verifier);
  tell(c, { idempotencyKey: token.idempotencyKey });
  const identity = await inSpan(trace, 'user', () => identify(token, lookup));
  tell(c, { email: identity.email });
  await held(hold, 'after-verify', trace);
  const { outcome, status, body, warning } = await callback(identity, c.get('context'));
  tell(c, { outcome, warning });
  await held(hold, 'before-send', trace);
  return answer(
    c,
    status,
    body as Uint8Array<ArrayBuffer>,
    outcome === 'replayed' ? { 'Idempotency-Replayed': 'true' } : {},
  );
}

/** The callback needs no body. A JSON body up to this size is accepted and ignored. */
const MAX_BODY_BYTES = 1024;

async function refuseOtherBody(c: RequestOf): Promise<void> {
  if (announcedLength(c) > 0) refuseOtherType(c);
  const message = `the callback takes no body, or JSON of at most ${MAX_BODY_BYTES} bytes`;
  for await (const _ of bodyOf(c, MAX_BODY_BYTES, message)) refuseOtherType(c);
}

function refuseOtherType(c: RequestOf): void {
  if (!/^application\/json(?:\s*;|$)/i.test(c.req.header('content-type') ?? ''))
    throw new ApiError('invalid_request', 'the body of a callback must be application/json; it may be left out');
}

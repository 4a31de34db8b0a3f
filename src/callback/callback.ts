/**
 * The use case: a verified sign-in becomes one answer, once (contract §1, steps 4 to 7).
 *
 * The identity comes from `token/` and `user.ts`, the answer from a database. This file makes callbacks of the same key
 * in this process share one run.
 */
import { ApiError } from '../errors/api-error.ts';
import type { CallbackSettings } from '../machine/settings/callback.ts';
import type { Identity } from './identity.ts';
import type { CallbackStore, Resolution } from './resolution.ts';
import { inSpan, type Trace } from './trace.ts';

export type { CallbackSettings };

/** Facts about a request before it is judged; they never change. */
export interface RequestContext {
  /** Milliseconds since 1970, read once for the request. */
  readonly now: number;
  readonly requestId: string;
  readonly trace?: Trace | undefined;
}

/** Points at which `--hold` delays a callback, so that races and lost answers happen on demand. */
export type HoldPoint = 'after-verify' | 'before-commit' | 'after-commit' | 'before-send';

export type Hold = (point: HoldPoint) => Promise<void> | undefined;

/**
 * @throws ApiError idempotency_in_flight if the running callback of the same key does not end in time, and the errors of
 *   `CallbackStore.resolveMember`
 */
export type ResolveCallback = (identity: Identity, context: RequestContext) => Promise<Resolution>;

/** Clocks differ by seconds; a record outlives its token by this many milliseconds. */
const EXPIRY_SKEW_MS = 60_000;
/** 9999-12-31T23:59:59.999Z: a token may last until then, and no database must know of a year with five digits. */
const LAST_MILLISECOND = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

export function createCallback(store: CallbackStore, settings: CallbackSettings, hold?: Hold): ResolveCallback {
  const running = new Map<string, { readonly requestId: string; readonly resolution: Promise<Resolution> }>();

  const run = async (identity: Identity, { now, requestId, trace }: RequestContext): Promise<Resolution> => {
    const { issuer, subject, email, idempotencyKey } = identity;
    const wanted = Math.max(now + settings.idempotencyTtlMs, identity.expiresAt * 1000 + EXPIRY_SKEW_MS);
    const expiresAt = Math.min(wanted, LAST_MILLISECOND);
    await held(hold, 'before-commit', trace);
    const resolution = await store.resolveMember({
      issuer,
      subject,
      email,
      idempotencyKey,
      now,
      expiresAt,
      requestId,
      trace,
    });
    await held(hold, 'after-commit', trace);
    return resolution;
  };

  return async (identity, context) => {
    const { requestId, trace } = context;
    const flight = JSON.stringify([identity.issuer, identity.subject, identity.idempotencyKey]);
    const deadline = performance.now() + settings.inFlightWaitMs;
    for (let leader = running.get(flight); leader; leader = running.get(flight)) {
      if (settings.inFlight === 'conflict') throw stillRunning();
      trace?.waitsFor(leader.requestId);
      const { resolution: awaited } = leader;
      const resolution = await inSpan(trace, 'wait', () => join(awaited, deadline - performance.now()));
      if (resolution) return { outcome: 'replayed', status: resolution.status, body: resolution.body };
    }
    const mine = run(identity, context).finally(() => running.delete(flight));
    running.set(flight, { requestId, resolution: mine });
    return mine;
  };
}

/** Delays a callback at a point. */
export function held(hold: Hold | undefined, point: HoldPoint, trace: Trace | undefined): Promise<void> | undefined {
  const holding = hold?.(point);
  return holding && inSpan(trace, `hold.${point}`, () => holding);
}

/**
 * Waits for the running callback of the same key.
 * @returns its answer; `undefined` if it failed, because a failure answers only its own request: the waiting one runs again
 * @throws ApiError idempotency_in_flight after `waitMs` milliseconds
 */
async function join(leader: Promise<Resolution>, waitMs: number): Promise<Resolution | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(stillRunning()), waitMs);
    timer.unref?.(); // a timer of a browser, as a test may have put in place, has none
  });
  const answer = leader.then(
    (resolution) => resolution,
    () => undefined,
  );
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function stillRunning(): ApiError {
  return new ApiError('idempotency_in_flight', 'the same callback is still being processed', { retryAfter: 1 });
}

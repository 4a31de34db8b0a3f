/**
 * The use case: a verified sign-in becomes one answer, once (contract §1, steps 4 to 7).
 *
 * Identity came from `identity/`, the answer comes from `store/`; what happens here is the choice of the key and that
 * callbacks of one key in this process share one run.
 */
import { ApiError } from './errors.ts';
import type { Identity } from './identity/identity.ts';
import type { Resolution, Store } from './store/store.ts';

export interface CallbackSettings {
  /** Milliseconds for which an answer is replayed, at least; never shorter than the token that made it. */
  readonly idempotencyTtlMs: number;
  /** Whether a callback waits for the running one of its key, or gets 409 at once. */
  readonly inFlight: 'wait' | 'conflict';
  /** Milliseconds of waiting after which it gets 409 all the same. */
  readonly inFlightWaitMs: number;
}

export interface RequestContext {
  /** Milliseconds since 1970, read once for the request. */
  readonly now: number;
  readonly requestId: string;
}

/** Points at which `--hold` stops a callback, so that races and lost answers happen on demand. */
export const HOLD_POINTS = ['after-verify', 'before-commit', 'after-commit', 'before-send'] as const;

export type HoldPoint = (typeof HOLD_POINTS)[number];

export type Hold = (point: HoldPoint) => Promise<void> | undefined;

/**
 * @throws ApiError idempotency_in_flight when the running callback of the same key does not end in time, and what
 *   `Store.resolveMember` throws
 */
export type ResolveCallback = (identity: Identity, context: RequestContext) => Promise<Resolution>;

/** Clocks differ by seconds; a record outlives its token by this many milliseconds. */
const EXPIRY_SKEW_MS = 60_000;

export function createCallback(store: Store, settings: CallbackSettings, hold?: Hold): ResolveCallback {
  const running = new Map<string, Promise<Resolution>>();

  const run = async (
    identity: Identity,
    idempotencyKey: string,
    { now, requestId }: RequestContext,
  ): Promise<Resolution> => {
    const { issuer, subject, email } = identity;
    const expiresAt = Math.max(now + settings.idempotencyTtlMs, identity.expiresAt * 1000 + EXPIRY_SKEW_MS);
    await hold?.('before-commit');
    const resolution = await store.resolveMember({ issuer, subject, email, idempotencyKey, now, expiresAt, requestId });
    await hold?.('after-commit');
    return resolution;
  };

  return async (identity, context) => {
    const idempotencyKey = idempotencyKeyOf(identity);
    const flight = JSON.stringify([identity.issuer, identity.subject, idempotencyKey]);
    const deadline = performance.now() + settings.inFlightWaitMs;
    for (let leader = running.get(flight); leader; leader = running.get(flight)) {
      if (settings.inFlight === 'conflict') throw stillRunning();
      const resolution = await join(leader, deadline - performance.now());
      if (resolution) return { outcome: 'replayed', status: resolution.status, body: resolution.body };
    }
    const mine = run(identity, idempotencyKey, context).finally(() => running.delete(flight));
    running.set(flight, mine);
    return mine;
  };
}

/** The prefixes keep a token id and a session id of the same text apart. */
export function idempotencyKeyOf({ tokenId, sessionId }: Pick<Identity, 'tokenId' | 'sessionId'>): string {
  return tokenId === null ? `workos-session:${sessionId}` : `workos-jti:${tokenId}`;
}

/**
 * Waits for the running callback of the same key.
 * @returns its answer; `undefined` when it failed. That is the answer to one request alone: whoever waited runs anew
 * @throws ApiError idempotency_in_flight after `waitMs` milliseconds
 */
async function join(leader: Promise<Resolution>, waitMs: number): Promise<Resolution | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(stillRunning()), waitMs).unref();
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

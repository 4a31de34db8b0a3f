/**
 * Watches callbacks as they are answered. What was seen is worked out after the answer, so that no callback waits for it,
 * and the token is forgotten then.
 */
import type { Reason } from '../../errors/reasons.ts';
import type { Answered } from '../../server/log/answered.ts';
import type { Watched, WatchedParts, WatchedRequest, Watcher } from '../../server/watcher.ts';
import { openBucket } from './bucket.ts';
import type { Seen } from './seen.ts';

/** Told of each callback when it begins, watched or not. */
type OnBegan = (began: { readonly request_id: string; readonly now: number }) => void;

export interface Recorder {
  readonly watch: (parts: WatchedParts) => Watcher;
  /** @returns ends it */
  subscribe(onBegan: OnBegan): () => void;
  /** The inspector itself will send a request with this id, which no other client knows before. */
  expectOwn(requestId: string): void;
  /** Of the server; absent before it is wired. */
  parts(): WatchedParts | undefined;
}

/** So many callbacks are watched at once, and so many a second: under load the others have a row only. */
const WATCHED = { atOnce: 256, perSecond: 50 };
/** Advice verifies the token again. */
const ADVISED = { atOnce: 10, perSecond: 10 };
/** The row of a callback waits so many milliseconds for its answer to be taken. */
const SENT_WITHIN_MS = 80;

export function openRecorder(): Recorder {
  const clock = () => performance.now();
  const mayWatch = openBucket(WATCHED.atOnce, WATCHED.perSecond, clock);
  const mayAdvise = openBucket(ADVISED.atOnce, ADVISED.perSecond, clock);
  const listeners = new Set<OnBegan>();
  const own = new Set<string>();
  let parts: WatchedParts | undefined;
  return {
    expectOwn: (requestId) => void own.add(requestId),
    parts: () => parts,
    watch(wired) {
      parts = wired;
      return {
        begin(request) {
          for (const tell of listeners) tell({ request_id: request.requestId, now: request.now });
          const isOwn = own.delete(request.requestId);
          return isOwn || mayWatch() ? watched(request, wired, mayAdvise, isOwn) : undefined;
        },
      };
    },
    subscribe(onBegan) {
      listeners.add(onBegan);
      return () => void listeners.delete(onBegan);
    },
  };
}

function watched(
  { now, started, header, outgoing }: WatchedRequest,
  { verifier, knownKeys }: WatchedParts,
  mayAdvise: () => boolean,
  isOwn: boolean,
): Watched {
  const since = () => Math.round((performance.now() - started) * 1000);
  const seen: Seen = {
    startedUs: Math.round((performance.timeOrigin + started) * 1000),
    now,
    traceId: /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/.exec(header('traceparent') ?? '')?.[1] ?? null,
    isOwn,
    spans: [],
    checks: new Map(),
    isRemembered: false,
    leader: null,
  };
  const sent = Promise.withResolvers<void>();
  const begin: Watched['begin'] = (name) => {
    const start = since();
    return () => void seen.spans.push({ name, start_us: start, duration_us: since() - start });
  };
  return {
    begin,
    isOwn,
    judging(credential) {
      seen.credential = credential;
    },
    checked(name, result, token) {
      seen.checks.set(name, result);
      seen.token = token;
    },
    remembered() {
      seen.isRemembered = true;
    },
    waitsFor(requestId) {
      seen.leader = requestId;
    },
    answered(body, headers) {
      seen.answer = { body, headers };
      const end = begin('send');
      const taken = () => {
        outgoing?.off('finish', taken).off('close', taken);
        end();
        sent.resolve();
      };
      if (outgoing === undefined) taken();
      else outgoing.once('finish', taken).once('close', taken);
    },
    ended: (answered) => async () => {
      await Promise.race([sent.promise, later(SENT_WITHIN_MS)]);
      try {
        const { detailOf, detailText } = await import('./detail.ts');
        return detailText(detailOf(seen, answered, await advice(seen, answered)));
      } catch (error) {
        if (error instanceof Error) return undefined; // the row without a detail is better than none
        throw error;
      } finally {
        delete seen.credential;
      }
    },
  };

  async function advice({ credential }: Seen, { error }: Answered): Promise<readonly string[]> {
    const reason: Reason | undefined = error?.reason;
    if (reason === undefined || credential === undefined || !mayAdvise()) return [];
    const { adviceFor } = await import('./advice.ts');
    const { keys, settings } = verifier; // without the memory of tokens, which looking on must not change
    return adviceFor({ seen, reason, received: error?.detail.received, verifier: { keys, settings }, knownKeys });
  }
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref?.());
}

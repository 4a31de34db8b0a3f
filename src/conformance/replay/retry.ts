/** Sends unsettled callbacks again: 409 while the callback runs, 503 during an outage (contract §1, Errors), 429 of a gateway. */
import { performance } from 'node:perf_hooks';
import { type CallbackAnswer, isNotNow } from './answer.ts';
import { pause } from './pause.ts';
import { type CallbackToSend, sendCallback } from './send.ts';

/** One callback is sent again for so many milliseconds. */
const RETRY_BUDGET_MS = 30_000;
/** Seconds, if the server names none. */
const DEFAULT_RETRY_AFTER = 1;

/** How often each callback was sent, by its final answer. */
export type AttemptCounts = WeakMap<CallbackAnswer, number>;

/**
 * Waits for the time of `Retry-After`, and returns the last answer if the next attempt would begin too late.
 * @throws the failures of `sendCallback`
 */
export function retrying(
  attempts: AttemptCounts,
  budgetMs = RETRY_BUDGET_MS,
): (callback: CallbackToSend) => Promise<CallbackAnswer> {
  return async ({ whenConnected, ...callback }) => {
    const startedAt = performance.now();
    for (let attempt = 1; ; attempt++) {
      const answer = await sendCallback(attempt === 1 ? { ...callback, whenConnected } : callback);
      const wait = 1000 * (answer.headers.retryAfter ?? DEFAULT_RETRY_AFTER);
      if (!isNotNow(answer.status) || performance.now() - startedAt + wait > budgetMs) {
        attempts.set(answer, attempt);
        return answer;
      }
      await pause(wait, callback.signal);
    }
  };
}

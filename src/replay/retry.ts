/** Sending again what was not settled: 409 while the callback runs, 503 while something is down (contract §1, Errors). */
import { performance } from 'node:perf_hooks';
import type { Sent } from './answer.ts';
import { pause } from './pause.ts';
import { type CallbackToSend, sendCallback } from './send.ts';

/** Milliseconds for which one callback is sent again. */
export const RETRY_BUDGET_MS = 30_000;
/** Seconds, where the server names none. */
const DEFAULT_RETRY_AFTER = 1;

/** How often each callback was sent, by its final answer. */
export type Attempts = WeakMap<Sent, number>;

/**
 * Waits as long as `Retry-After` says, and gives back the last answer when the next attempt would begin too late.
 * @throws what `sendCallback` throws
 */
export function retrying(attempts: Attempts, budgetMs = RETRY_BUDGET_MS): (callback: CallbackToSend) => Promise<Sent> {
  return async ({ whenConnected, ...callback }) => {
    const startedAt = performance.now();
    for (let attempt = 1; ; attempt++) {
      const sent = await sendCallback(attempt === 1 ? { ...callback, whenConnected } : callback);
      const wait = 1000 * (sent.headers.retryAfter ?? DEFAULT_RETRY_AFTER);
      const settled = sent.status !== 409 && sent.status !== 503;
      if (settled || performance.now() - startedAt + wait > budgetMs) {
        attempts.set(sent, attempt);
        return sent;
      }
      await pause(wait, callback.signal);
    }
  };
}

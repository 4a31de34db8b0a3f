/** Trying again while a trouble may pass: a lock, a failover, a server that starts. */
import { setTimeout as sleep } from 'node:timers/promises';
import { refusal } from '../../errors/api-error.ts';
import { asOutage, isPassing, LinkLost } from './errors.ts';
import { STATEMENT_TIMEOUT_MS } from './pool.ts';

/** Milliseconds for all attempts together. */
const BUDGET_MS = 5000;

/** With less time left, an attempt would say no more than that it had no time. */
const LEAST_ATTEMPT_MS = 200;
/** With less than this, silence may be that of a busy machine: an earlier attempt knew more. */
const TELLING_ATTEMPT_MS = 1000;
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 200;

export interface Attempt {
  /** Milliseconds that one statement of it may take. */
  within(): number;
}

/**
 * @param work may run several times; undefined asks for another run
 * @throws ApiError with the reason of the last trouble, and what is no trouble of the database as it is
 */
export async function patiently<T>(work: (attempt: Attempt) => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + BUDGET_MS;
  const attempt = { within: () => Math.min(STATEMENT_TIMEOUT_MS, deadline - performance.now()) };
  let last: unknown = refusal('database_busy', { expected: `an end within ${BUDGET_MS / 1000} s`, received: 'none' });
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
    const isTelling = performance.now() + TELLING_ATTEMPT_MS < deadline;
    try {
      const result = await work(attempt);
      if (result !== undefined) return result;
    } catch (error) {
      if (!isPassing(error)) throw asOutage(error);
      if (isTelling || !(error instanceof LinkLost)) last = error;
    }
    const jittered = pause * (0.5 + (process.hrtime()[1] % 1000) / 1000);
    if (performance.now() + jittered + LEAST_ATTEMPT_MS >= deadline) throw asOutage(last);
    await sleep(jittered);
  }
}

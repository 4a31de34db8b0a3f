/**
 * 409, 429 and 503 are not a verdict: the request is sent again after `Retry-After`, as after a lost connection.
 * If it does not settle within the budget, it could not be judged.
 */
import { performance } from 'node:perf_hooks';
import { Failure } from '../../../errors/failure.ts';
import { isNotNow } from '../../replay/answer.ts';
import { pause } from '../../replay/pause.ts';

/** Milliseconds for which one request is sent again. */
const SETTLING_BUDGET_MS = 20_000;
/** A server that restarts listens again soon; a stopped one does not. */
const RESTART_BUDGET_MS = 2000;
const SHORTEST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1000;

export interface Settleable {
  readonly status: number;
  /** Seconds, if the answer has a usable `Retry-After`. */
  readonly retryAfter: number | undefined;
}

/** The target did not give a final answer. */
export class NotNow extends Failure {
  readonly status: number | undefined;
  /** Whether no connection was accepted. */
  readonly isDown: boolean;

  constructor(message: string, status: number | undefined, cause?: unknown) {
    super('unreachable', message, 'Check again when the target has time, or with fewer at once (--only).', cause);
    this.status = status;
    this.isDown = cause instanceof Failure && isRefusedConnection(cause);
  }
}

export interface Settling {
  /** Named in the message, such as `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly budgetMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @throws NotNow, and other errors of `send` */
export async function settled<T>(
  send: (attempt: number) => Promise<T>,
  read: (answer: T) => Settleable,
  { url, budgetMs = SETTLING_BUDGET_MS, signal }: Settling,
): Promise<T> {
  const began = performance.now();
  for (let attempt = 1; ; attempt++) {
    const got = await send(attempt).catch(lostConnection);
    const answer = got instanceof Failure ? undefined : read(got);
    if (!(got instanceof Failure) && answer !== undefined && !isNotNow(answer.status)) return got;
    const wait = waitAfter(answer, attempt);
    const budget =
      got instanceof Failure && isRefusedConnection(got) ? Math.min(budgetMs, RESTART_BUDGET_MS) : budgetMs;
    if (performance.now() - began + wait > budget) throw notNow(url, got, answer, performance.now() - began);
    await pause(wait, signal);
  }
}

function waitAfter(answer: Settleable | undefined, attempt: number): number {
  const asked = answer?.retryAfter === undefined ? undefined : answer.retryAfter * 1000;
  return Math.max(asked ?? Math.min(SHORTEST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS), SHORTEST_WAIT_MS);
}

/** A connection that ended without an answer has a cause; an answer that is not from the API has none. */
function lostConnection(error: unknown): Failure {
  if (error instanceof Failure && error.code === 'unreachable' && error.cause !== undefined) return error;
  throw error;
}

function isRefusedConnection({ cause }: Failure): boolean {
  const { code } = (cause ?? {}) as NodeJS.ErrnoException;
  return code === 'ECONNREFUSED';
}

function notNow(url: string, got: unknown, answer: Settleable | undefined, milliseconds: number): NotNow {
  const seconds = Math.ceil(milliseconds / 1000);
  if (answer === undefined) return new NotNow((got as Failure).message, undefined, got);
  const asked = answer.retryAfter === undefined ? '' : `, with Retry-After: ${answer.retryAfter}`;
  return new NotNow(`${url} answered ${answer.status} for ${seconds} s${asked}`, answer.status);
}

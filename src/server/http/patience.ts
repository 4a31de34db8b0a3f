/** How long the server waits for its clients, in milliseconds. Node limits incoming requests, see `listener.ts`. */
export interface Patience {
  /** For the whole header of a request, from its first byte. */
  readonly headerMs: number;
  /** For the whole request, including its body. */
  readonly requestMs: number;
  /** For the next request on a connection. */
  readonly idleMs: number;
  /** For the client to take an answer. */
  readonly takeMs: number;
  /** For a refused client to close its end: closing the socket earlier could lose the refusal on its way. */
  readonly lingerMs: number;
  /** For running requests after a stop. */
  readonly graceMs: number;
  /** Between two checks of these limits. */
  readonly lookMs: number;
}

export const PATIENCE: Patience = {
  headerMs: 5000,
  requestMs: 10_000,
  idleMs: 5000,
  takeMs: 5000,
  lingerMs: 2000,
  graceMs: 4000, // a stop may take five seconds
  lookMs: 1000,
};

/** Times by `performance.now()` since which the connection waits. */
export interface Waits {
  /** For the next request. */
  quietSince: number | undefined;
  /** For the client to take the answer that is written. */
  answeringSince: number | undefined;
  /** For the client to close, after it was refused. */
  refusedAt: number | undefined;
}

export function isTooLong({ quietSince, answeringSince, refusedAt }: Waits, patience: Patience): boolean {
  const { idleMs, headerMs, takeMs, lingerMs, lookMs } = patience;
  const now = performance.now();
  const isOver = (since: number | undefined, ms: number) => since !== undefined && now - since > ms;
  // Without a request: Node's limit for an idle connection, plus its limit for a header, plus its buffer and two checks.
  const isQuietTooLong = isOver(quietSince, idleMs + headerMs + 3 * lookMs);
  return isQuietTooLong || isOver(answeringSince, takeMs) || isOver(refusedAt, lingerMs);
}

/** For how many milliseconds the client has done nothing. */
export function idleFor({ quietSince, answeringSince }: Waits): number {
  const since = answeringSince ?? quietSince;
  return since === undefined ? 0 : performance.now() - since;
}

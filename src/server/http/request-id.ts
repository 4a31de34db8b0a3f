/** The id of a request, as in its answer, its log line and its rows (contract §1, Errors). */
import type { IncomingMessage } from 'node:http';

const USABLE = /^[A-Za-z0-9_-]{8,128}$/;

/** Chosen once. If the body of a request breaks off, the log line of the app and the answer to the sender have the same id. */
const decided = new WeakMap<IncomingMessage, string>();

/**
 * @param given `X-Request-Id` as it was sent
 * @param incoming absent for a request that came without a socket, or whose headers could not be read
 */
export function requestId(given: unknown, make: () => string, incoming?: IncomingMessage): string {
  const before = incoming && decided.get(incoming);
  if (before !== undefined) return before;
  const id = typeof given === 'string' && USABLE.test(given) ? given : make();
  if (incoming) decided.set(incoming, id);
  return id;
}

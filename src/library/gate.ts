/** Keeps requests apart from work that must be alone, such as a reset. */
import type { Fetch } from '../server/http/listener.ts';

export interface Gate {
  /** Requests that come while work is alone wait for it. */
  wrap(fetch: Fetch): Fetch;
  /** Waits for requests that are under way. */
  alone<T>(work: () => Promise<T>): Promise<T>;
}

export function createGate(): Gate {
  const underWay = new Set<Promise<Response>>();
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return {
    wrap: (fetch) => async (request, bindings) => {
      while (waiting > 0) await last;
      const answer = Promise.resolve(fetch(request, bindings));
      underWay.add(answer);
      try {
        return await answer;
      } finally {
        underWay.delete(answer);
      }
    },
    alone(work) {
      waiting += 1;
      const turn = last
        .then(() => Promise.allSettled(underWay))
        .then(work)
        .finally(() => {
          waiting -= 1;
        });
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}

/** Outcomes of several sends: what one answer alone does not show on a server that does not mark its replays. */
import type { Outcome, Sent } from './answer.ts';

export interface KeyedAnswer {
  /** See `recordOf`; null where a token has none. */
  readonly record: string | null;
  readonly sent: Sent;
}

export interface History {
  /** The outcome of each answer of a batch, whose order says nothing about the order of work in the server. */
  add(batch: readonly KeyedAnswer[]): Outcome[];
}

/**
 * A server that marks its replays is believed. On any other, the bytes decide: a success with the bytes of an earlier
 * success of the same record is a replay.
 */
export function createHistory(): History {
  const bytesOf = new Map<string, Set<string>>();
  let marksReplays = false;
  return {
    add(batch) {
      marksReplays ||= batch.some(({ sent }) => sent.headers.replayed);
      return batch.map(({ record, sent }) => {
        if (record === null || (sent.outcome !== 'provisioned' && sent.outcome !== 'seen')) return sent.outcome;
        const known = bytesOf.get(record) ?? new Set();
        const repeated = known.has(sent.sha256);
        bytesOf.set(record, known.add(sent.sha256));
        return repeated && !marksReplays ? 'replayed' : sent.outcome;
      });
    },
  };
}

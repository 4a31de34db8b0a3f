/** Outcomes of several sends. On a server that does not mark its replays, one answer alone does not show its outcome. */
import type { AnswerOutcome, CallbackAnswer } from './answer.ts';

interface KeyedAnswer {
  /** See `recordOf`; null for a token without one. */
  readonly record: string | null;
  readonly answer: CallbackAnswer;
}

export interface History {
  /** The outcome of each answer of a batch, whose order says nothing about the order of work in the server. */
  add(batch: readonly KeyedAnswer[]): AnswerOutcome[];
}

/**
 * If a server marks its replays, the mark decides. Otherwise the bytes decide: a success with the bytes of an earlier
 * success of the same record is a replay.
 */
export function createHistory(): History {
  const bytesOf = new Map<string, Set<string>>();
  let marksReplays = false;
  return {
    add(batch) {
      marksReplays ||= batch.some(({ answer }) => answer.headers.replayed);
      return batch.map(({ record, answer }) => {
        if (record === null || (answer.outcome !== 'provisioned' && answer.outcome !== 'seen')) return answer.outcome;
        const known = bytesOf.get(record) ?? new Set();
        const repeated = known.has(answer.sha256);
        bytesOf.set(record, known.add(answer.sha256));
        return repeated && !marksReplays ? 'replayed' : answer.outcome;
      });
    },
  };
}

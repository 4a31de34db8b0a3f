/** One send of a run, with the facts about its token and its answer. */
import type { AnswerOutcome, CallbackAnswer } from './answer.ts';
import type { Claims } from './claims.ts';
import type { Rule } from './rules.ts';

export interface SendResult {
  /** From 1, in the order of sending. */
  readonly n: number;
  readonly key: string | null;
  /** See `recordOf`. */
  readonly record: string | null;
  readonly answer: CallbackAnswer;
  /** Determined with the earlier sends, see `createHistory`. */
  readonly outcome: AnswerOutcome;
  readonly attempts: number;
  /** The claims of the token; null without a readable token. */
  readonly claims: Claims | null;
  /** Address of the user in the local directory, when we minted the token. */
  readonly email: string | null;
  /** Names of the faults that it was minted with. */
  readonly faults: readonly string[];
}

/** A violation of one send. */
export interface Violation {
  readonly invariant: Rule;
  readonly n: number;
  /** The expectation of a scenario that it breaks, as a path from its step. */
  readonly where?: readonly PropertyKey[];
  readonly expected: string;
  readonly observed: string;
}

/** `200`, or `401 kid_unknown`. Refusals are compared by this, because their request ids differ. */
export function briefly({ answer }: Pick<SendResult, 'answer'>): string {
  const cause = answer.reason ?? answer.code;
  return cause === null ? String(answer.status) : `${answer.status} ${cause.slice(0, 80)}`;
}

/** `200` with the first half of the hash, or as above. */
export function fingerprint(result: Pick<SendResult, 'answer'>): string {
  const { status, sha256 } = result.answer;
  return status === 200 ? `200 sha256 ${sha256.slice(0, 16)}` : briefly(result);
}

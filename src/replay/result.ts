/** One send of a run, with what is known of the token and what came back. */
import type { Outcome, Sent } from './answer.ts';
import type { Claims } from './claims.ts';

export interface SendResult {
  /** From 1, in the order of sending. */
  readonly n: number;
  readonly key: string | null;
  /** See `recordOf`. */
  readonly record: string | null;
  readonly sent: Sent;
  /** In the light of the sends before it, see `createHistory`. */
  readonly outcome: Outcome;
  readonly attempts: number;
  /** What the token claimed; null without a readable token. */
  readonly claims: Claims | null;
  /** Address of the user in the local directory, when we minted the token. */
  readonly email: string | null;
  /** Names of the faults that it was minted with. */
  readonly faults: readonly string[];
}

/** Something that is not as it should be, about one send. */
export interface Finding {
  readonly invariant: string;
  readonly n: number;
  readonly expected: string;
  readonly observed: string;
}

/** `200`, or `401 kid_unknown`: what an answer is compared by when it is no success, as its request id differs each time. */
export function briefly({ sent }: Pick<SendResult, 'sent'>): string {
  const cause = sent.reason ?? sent.code;
  return cause === null ? String(sent.status) : `${sent.status} ${cause.slice(0, 80)}`;
}

/** `200` with the first half of the hash, or as above. */
export function fingerprint(result: Pick<SendResult, 'sent'>): string {
  const { status, sha256 } = result.sent;
  return status === 200 ? `200 sha256 ${sha256.slice(0, 16)}` : briefly(result);
}

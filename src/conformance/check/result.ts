/** The result of one invariant, after all its rounds. */
import { Failure } from '../../errors/failure.ts';
import type { CallbackAnswer } from '../replay/send.ts';
import type { InvariantId } from './invariants/ids.ts';
import type { Claim, Verdict } from './trial/verdict.ts';

export interface CheckResult {
  readonly id: InvariantId;
  /** `part`: all that could be tried holds, but a part could not be tried or judged. */
  readonly status: 'passed' | 'failed' | 'part' | 'skipped';
  /** For a failed invariant: all problems. */
  readonly problems: readonly string[];
  /** Unmet recommendations. */
  readonly advice: readonly string[];
  /** The parts that were not tried, with the reason. */
  readonly reason: string | null;
  /** The target could not be reached or did not answer, so there is no verdict; this does not count as passed. */
  readonly failure: Failure | null;
  /** The answers with the problems. */
  readonly answers: readonly CallbackAnswer[];
  readonly rounds: number;
  readonly milliseconds: number;
}

export function resultOf(
  id: InvariantId,
  verdict: Verdict | Failure,
  milliseconds: number,
  { strict = false }: { readonly strict?: boolean },
): CheckResult {
  const nothing = { id, problems: [], advice: [], reason: null, failure: null, answers: [], rounds: 1, milliseconds };
  if (verdict instanceof Failure)
    return { ...nothing, status: 'part', reason: `could not be judged: ${verdict.message}`, failure: verdict };
  const { claims, untried } = verdict;
  const broken = claims.filter(({ holds }) => !holds);
  const isMust = ({ isAdvice = false }: Claim) => strict || !isAdvice;
  const decisive = broken.filter(isMust);
  const advice = sentences(broken.filter((claim) => !isMust(claim)));
  const reason = untried.length === 0 ? null : untried.join('; ');
  if (decisive.length > 0) {
    const answers = [...new Set(decisive.flatMap((claim) => claim.answers ?? []))];
    return { ...nothing, status: 'failed', problems: sentences(decisive), advice, reason, answers };
  }
  const status = untried.length === 0 ? 'passed' : claims.length === 0 ? 'skipped' : 'part';
  return { ...nothing, status, advice, reason };
}

/** Each once, in the order of their first occurrence. */
function sentences(claims: readonly Claim[]): readonly string[] {
  return [...new Set(claims.map(({ observed }) => observed))];
}

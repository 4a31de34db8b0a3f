/** The findings of an invariant: claims about answers, and the parts that could not be tried. */
import type { CallbackAnswer } from '../../replay/send.ts';

/** A condition that holds, or the problem that was seen. */
export interface Claim {
  readonly holds: boolean;
  readonly observed: string;
  /** Only recommended: it decides only with --strict. */
  readonly isAdvice?: boolean;
  /** The compared answers, for `--verbose`. */
  readonly answers?: readonly CallbackAnswer[];
}

export interface Verdict {
  readonly claims: readonly Claim[];
  /** The parts that were not tried, each with the reason. Without claims, the whole invariant was not tried. */
  readonly untried: readonly string[];
}

export function judge(...claims: readonly Claim[]): Verdict {
  return { claims, untried: [] };
}

/** The target does not have the needed reads. */
export function cannotTell(reason: string): Verdict {
  return { claims: [], untried: [reason] };
}

export function must(holds: boolean, observed: string, ...answers: readonly CallbackAnswer[]): Claim {
  return { holds, observed, answers };
}

export function should(holds: boolean, observed: string, ...answers: readonly CallbackAnswer[]): Claim {
  return { holds, observed, answers, isAdvice: true };
}

/** The same claim, only recommended. */
export function advised(claim: Claim): Claim {
  return { ...claim, isAdvice: true };
}

export function withUntried(verdict: Verdict, ...reasons: readonly string[]): Verdict {
  return { ...verdict, untried: [...verdict.untried, ...reasons] };
}

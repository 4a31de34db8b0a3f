/** The output of a check besides its results. */
import type { CheckPlan } from '../../../conformance/check/checks.ts';
import type { Target } from '../../../conformance/check/trial/target.ts';

/** The target and the settings of the check. */
export interface Shown {
  readonly target: Target;
  /** Whether another program started the target. */
  readonly isForeign: boolean;
  readonly plan: CheckPlan;
  /** Where it was given. */
  readonly stateDir: string | undefined;
  /** Every problem, and whole answers. */
  readonly isVerbose: boolean;
  /** The signal that ended the check before its end. */
  readonly stopped?: NodeJS.Signals | undefined;
}

/** The output of a check besides its results. */
import type { JudgedCheck } from '../../../conformance/check/document.ts';
import type { Target } from '../../../conformance/check/trial/target.ts';

export interface Shown extends JudgedCheck {
  readonly target: Target;
  /** Where it was given. */
  readonly stateDir: string | undefined;
}

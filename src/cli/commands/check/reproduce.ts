/** One command that tries an invariant again. */
import type { CheckResult } from '../../../conformance/check/checks.ts';
import { shellWord } from '../../../machine/values/shell-word.ts';
import type { Shown } from './shown.ts';

/** The users of this seed are now known to the target, so the command has no seed. */
export function reproduce({ id, rounds }: CheckResult, { target, isForeign, plan, stateDir }: Shown): string {
  return [
    'agent-paste check',
    `--only ${id}`,
    ...(isForeign ? [`--url ${shellWord(target.url)}`] : [`--seed ${plan.seed}`]),
    ...(isForeign && plan.strict ? ['--strict'] : []),
    ...(isForeign && target.minter === undefined ? ['--token -'] : []),
    ...(isForeign && target.minter && stateDir !== undefined ? [`--state-dir ${shellWord(stateDir)}`] : []),
    ...(rounds > 1 ? [`--repeat ${plan.repeat}`] : []),
  ].join(' ');
}

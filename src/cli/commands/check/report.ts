/** The results of a check as a report. */
import type { CheckResult } from '../../../conformance/check/checks.ts';
import { observedOf } from '../../../conformance/check/document.ts';
import { INVARIANTS } from '../../../conformance/check/invariants/invariants.ts';
import type { Verdict } from '../../reporting.ts';
import { reproduce } from './reproduce.ts';
import type { Shown } from './shown.ts';

/** @param shown undefined if nothing was judged */
export function reportOf(results: readonly CheckResult[], shown: Shown | undefined): Verdict {
  return { name: 'agent-paste check', cases: results.map((result) => caseOf(result, shown)) };
}

/** Reports have no word for `part`. It counts as passed, unless the target did not answer. */
function caseOf(result: CheckResult, shown: Shown | undefined): Verdict['cases'][number] {
  const { id, status, reason, milliseconds, failure } = result;
  const { meaning } = INVARIANTS[id];
  const base = { id, description: meaning, milliseconds };
  if (status === 'skipped') return { ...base, status, message: reason ?? '' };
  if (status !== 'failed' && failure === null) return { ...base, status: 'passed' };
  const observed = observedOf(result) ?? reason ?? '';
  const again = { expected: meaning, observed, reproduce: shown && reproduce(result, shown) };
  return { ...base, status: 'failed', message: observed, ...again };
}

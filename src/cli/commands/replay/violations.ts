/** The violations of a run, for people. */

import type { PlacedViolation } from '../../../conformance/replay/document.ts';
import { ruleRow } from '../../../conformance/replay/rules.ts';
import { visible } from '../../../errors/foreign-text.ts';

export function violationLines(violation: PlacedViolation): readonly string[] {
  const { invariant, scenario, step, n, expected, observed, reproduce } = violation;
  const line = violation.place?.().line;
  const place = [
    scenario === undefined ? undefined : visible(scenario),
    step === undefined ? undefined : `step ${step}`,
    line === undefined ? undefined : `line ${line}`,
    `send ${n}`,
  ];
  return [
    `${ruleRow(invariant).broken} (${place.filter(Boolean).join(', ')})`,
    `  expected:  ${expected}`,
    `  observed:  ${observed}`,
    `  reproduce: ${reproduce}`,
  ];
}

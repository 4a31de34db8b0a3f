/** The violations of a run, for people. */

import type { Violation } from '../../../conformance/replay/result.ts';
import { ruleRow } from '../../../conformance/replay/rules.ts';
import { excerpt, visible } from '../../../errors/foreign-text.ts';

/** A violation with its scenario and step. */
export interface PlacedViolation extends Violation {
  readonly scenario?: string;
  readonly step?: string;
  /** A command that reproduces it. */
  readonly reproduce: string;
  /** The line of the scenario that is broken. */
  readonly place?: () => Place;
}

interface Place {
  /** undefined for a scenario that is not a file. */
  readonly file: string | undefined;
  readonly line: number;
}

/** Many sends that break one rule are one violation, described by the first of them. */
export function collapsed(violations: readonly PlacedViolation[]): readonly PlacedViolation[] {
  const groups = Map.groupBy(violations, (one) =>
    JSON.stringify([one.invariant, one.scenario, one.step, one.invariant === 'accepted' ? one.observed : '']),
  );
  return groups
    .values()
    .map(([first, ...more]) => {
      const violation = first as PlacedViolation;
      const also = more.length === 0 ? '' : ` (and ${more.length} more)`;
      return {
        ...violation,
        expected: excerpt(violation.expected),
        observed: `${excerpt(violation.observed)}${also}`,
      };
    })
    .toArray();
}

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

/** As a member of the JSON document. */
export function violationDocument({ invariant, n, expected, observed, scenario, step, reproduce }: PlacedViolation) {
  return { invariant, expected, observed, scenario, step, reproduce, send: n };
}

/** A run of sends as a JSON document, as `replay --json` prints it and the library returns it. */
import { excerpt } from '../../errors/foreign-text.ts';
import type { SendResult, Violation } from './result.ts';

/** A send with its scenario and step. */
export interface PlacedSend extends SendResult {
  readonly scenario?: string;
  /** The server that answered, if there are several. */
  readonly target?: string | undefined;
  readonly step?: string;
}

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

export function sendDocument({ n, scenario, target, step, key, outcome, attempts, answer }: PlacedSend): object {
  return {
    n,
    ...(scenario === undefined ? {} : { scenario }),
    ...(target === undefined ? {} : { target }),
    ...(step === undefined ? {} : { step }),
    key,
    status: answer.status,
    outcome,
    sha256: answer.sha256,
    ms: Math.round(answer.milliseconds * 10) / 10,
    code: answer.code,
    reason: answer.reason === null ? null : answer.reason,
    request_id: answer.headers.requestId ?? null,
    attempts,
  };
}

/** As a member of the JSON document. */
export function violationDocument({ invariant, n, expected, observed, scenario, step, reproduce }: PlacedViolation) {
  return { invariant, expected, observed, scenario, step, reproduce, send: n };
}

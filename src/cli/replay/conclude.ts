/** How every form of `replay` ends: what was sent, what is wrong with it, and an exit code. */
import { printable } from '../../http/request-log.ts';
import { masked } from '../../replay/masked.ts';
import type { ReportCase } from '../../replay/reports.ts';
import type { Finding, SendResult } from '../../replay/result.ts';
import { tapeOf, writeTape } from '../../replay/tape/tape.ts';
import { type Column, layout, terminalWidth } from '../columns.ts';
import type { ReplayRun } from './run.ts';

/** A send and where it belongs. */
export interface PlacedSend extends SendResult {
  readonly scenario?: string;
  readonly step?: string;
}

export interface Violation extends Finding {
  readonly scenario?: string;
  readonly step?: string;
  /** A command line that shows it again. */
  readonly reproduce: string;
}

export interface Conclusion {
  readonly name: string;
  readonly sends: readonly PlacedSend[];
  readonly violations: readonly Violation[];
  readonly cases: readonly ReportCase[];
  /** More members of the JSON document. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** More words after the verdict. */
  readonly remark?: string;
}

/** Prints the sends and the verdict, writes tape and reports, and sets the exit code. */
export function conclude({ context, save, report }: ReplayRun, conclusion: Conclusion): void {
  const { output, runtime } = context;
  const { sends, name, cases } = conclusion;
  const violations = collapsed(conclusion.violations);
  const ok = violations.length === 0;
  if (output.json) {
    output.document({
      ok,
      ...conclusion.facts,
      sends: sends.map(sendDocument),
      violations: violations.map(({ n, ...violation }) => ({ ...violation, send: n })),
    });
  } else {
    for (const [scenario, group] of Map.groupBy(sends, (send) => send.scenario)) {
      if (scenario !== undefined) output.line(output.paint.bold(printable(scenario)));
      for (const line of sendTable(group, terminalWidth(runtime.stdout))) output.line(line);
    }
    for (const violation of violations) for (const line of violationLines(violation)) output.line(line);
    const word = ok ? output.paint.green('ok') : output.paint.red('FAILED');
    output.line(`${word}: ${[...summary(sends, violations), conclusion.remark].filter(Boolean).join('; ')}`);
  }
  if (save !== undefined) writeTape(save, tapeOf(sends));
  report({ name, cases });
  context.exitWith(exitCodeOf(conclusion));
  const refused = sends.find(({ sent }) => sent.reason === 'kid_unknown');
  if (!ok && refused !== undefined && refused.email !== null)
    output.note('The server trusts other keys than these: name its state directory with --state-dir.');
}

/** 4 when the target refused our token and that is all, 6 when it did not settle in time, else 1 for any violation. */
function exitCodeOf({ sends, violations }: Conclusion): number {
  if (violations.length === 0) return 0;
  const statusOf = ({ n }: Violation) => sends.find((send) => send.n === n)?.sent.status;
  const all = (invariant: string, ...statuses: readonly number[]) =>
    violations.every((one) => one.invariant === invariant && statuses.includes(statusOf(one) ?? 0));
  if (all('accepted', 401, 403)) return 4;
  return all('settled', 409) ? 6 : 1;
}

/** A thousand sends that break one rule are one violation, told by the first of them. */
function collapsed(violations: readonly Violation[]): readonly Violation[] {
  const groups = Map.groupBy(violations, (one) =>
    JSON.stringify([one.invariant, one.scenario, one.step, one.invariant === 'accepted' ? one.observed : '']),
  );
  return groups
    .values()
    .map(([first, ...more]) => {
      const violation = first as Violation;
      const also = more.length === 0 ? '' : ` (and ${more.length} more)`;
      const clean = (text: string) => printable(masked(text));
      return {
        ...violation,
        expected: clean(violation.expected),
        observed: `${clean(violation.observed)}${also}`,
      };
    })
    .toArray();
}

function sendDocument({ n, scenario, step, key, outcome, attempts, sent }: PlacedSend): object {
  return {
    n,
    ...(scenario === undefined ? {} : { scenario }),
    ...(step === undefined ? {} : { step }),
    key,
    status: sent.status,
    outcome,
    sha256: sent.sha256,
    ms: Math.round(sent.milliseconds * 10) / 10,
    code: sent.code === null ? null : printable(masked(sent.code)),
    reason: sent.reason === null ? null : printable(masked(sent.reason)),
    request_id: sent.headers.requestId === undefined ? null : printable(sent.headers.requestId),
    attempts,
  };
}

function sendTable(sends: readonly PlacedSend[], width: number | undefined): readonly string[] {
  const steps = sends.some(({ step }) => step !== undefined);
  const columns = COLUMNS.filter(({ name }) => name !== 'step' || steps);
  return layout(columns, sends, { width, heading: String });
}

const COLUMNS: readonly Column<PlacedSend>[] = [
  { name: '#', cell: ({ n }) => String(n) },
  { name: 'step', cell: ({ step = '' }) => step, cut: ['end', 12] },
  { name: 'key', cell: ({ key }) => (key === null ? '-' : printable(key)), cut: ['middle', 18] },
  { name: 'status', cell: ({ sent }) => String(sent.status) },
  {
    name: 'outcome',
    cell: ({ sent, outcome }) => (sent.reason === null ? outcome : `${outcome} ${printable(masked(sent.reason))}`),
  },
  { name: 'sha256', cell: ({ sent }) => sent.sha256.slice(0, 12) },
  { name: 'ms', cell: ({ sent }) => sent.milliseconds.toFixed(1), drop: 1 },
];

function violationLines({ invariant, scenario, step, n, expected, observed, reproduce }: Violation): readonly string[] {
  const place = [scenario, step === undefined ? undefined : `step ${step}`, `send ${n}`].filter(Boolean).join(', ');
  return [
    `${invariant} (${place})`,
    `  expected:  ${expected}`,
    `  observed:  ${observed}`,
    `  reproduce: ${reproduce}`,
  ];
}

function summary(sends: readonly PlacedSend[], violations: readonly Violation[]): readonly string[] {
  const outcomes = Object.entries(Object.groupBy(sends, ({ outcome }) => outcome));
  const counts = outcomes.map(([outcome, group]) => `${group?.length ?? 0} ${outcome}`).join(', ');
  const found = violations.length === 1 ? '1 violation' : `${violations.length} violations`;
  return [
    ...(violations.length === 0 ? [] : [found]),
    ...(sends.length === 0 ? [] : [`${sends.length} ${sends.length === 1 ? 'send' : 'sends'}: ${counts}`]),
  ];
}

/** A case for each send: passed unless something was found about it. */
export function sendCases(sends: readonly PlacedSend[], violations: readonly Violation[]): readonly ReportCase[] {
  return sends.map(({ n, key, outcome, sent }) => {
    const found = violations.filter((one) => one.n === n);
    return {
      id: `send-${n}`,
      description: `${key ?? 'no key'}: ${sent.status} ${outcome}`,
      milliseconds: sent.milliseconds,
      ...caseVerdict(found),
    };
  });
}

export function caseVerdict(
  found: readonly Violation[],
): Pick<ReportCase, 'status' | 'message' | 'expected' | 'observed' | 'reproduce'> {
  const [first] = found;
  if (first === undefined) return { status: 'passed' };
  return {
    status: 'failed',
    message: found.map(({ invariant }) => invariant).join(', '),
    expected: found.map(({ expected }) => expected).join('\n'),
    observed: found.map(({ observed }) => masked(observed)).join('\n'),
    reproduce: first.reproduce,
  };
}

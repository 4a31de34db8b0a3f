/** The cases of a report on sends: one for each send, or one for each rule where there are many. */

import type { PlacedSend, PlacedViolation } from '../../../conformance/replay/document.ts';
import { type Rule, ruleRow } from '../../../conformance/replay/rules.ts';
import type { ReportCase } from '../../../conformance/reports/reports.ts';
import { redacted } from '../../../errors/foreign-text.ts';
import { areMany } from './summary.ts';

/** Lines of one failed case. */
const MOST_LINES = 10;

export interface JudgedSends {
  readonly sends: readonly PlacedSend[];
  /** How many there would be in a run that is not stopped. */
  readonly planned: number;
  readonly violations: readonly PlacedViolation[];
  /** All that were asked, so that a report has the same cases in each run. */
  readonly rules: readonly Rule[];
  readonly isVerbose: boolean;
}

export function casesOf({ sends, planned, violations, rules, isVerbose }: JudgedSends): readonly ReportCase[] {
  if (areMany(planned, isVerbose)) return ruleCases(rules, violations, sends.length);
  const found = Map.groupBy(violations, ({ n }) => n);
  const answered = new Map(sends.map((send) => [send.n, send]));
  return Array.from({ length: planned }, (_, index) => sendCase(index + 1, answered.get(index + 1), found));
}

/** The name must be the same in every run, so it does not contain the answer. */
function sendCase(
  n: number,
  send: PlacedSend | undefined,
  violations: ReadonlyMap<number, readonly PlacedViolation[]>,
): ReportCase {
  const names = { id: `send-${n}`, description: '' };
  if (send === undefined)
    return { ...names, status: 'skipped', message: 'the run was stopped before', milliseconds: 0 };
  const { key, outcome, answer } = send;
  const output = `${key ?? 'no key'}: ${answer.status} ${outcome}`;
  return { ...names, milliseconds: answer.milliseconds, output, ...caseVerdict(violations.get(n) ?? []) };
}

/** What to say of a run that was stopped. */
export function unanswered(sends: readonly PlacedSend[], planned: number): { readonly remark?: string } {
  const left = planned - sends.length;
  return left === 0 ? {} : { remark: `${left} of ${planned} were not answered` };
}

/** @param sends how many there are; undefined where nothing is sent */
export function ruleCases(
  rules: readonly Rule[],
  violations: readonly PlacedViolation[],
  sends?: number,
): readonly ReportCase[] {
  const found = Map.groupBy(violations, ({ invariant }) => invariant);
  return [...new Set([...rules, ...found.keys()])].map((id) => {
    const broken = found.get(id) ?? [];
    const { message, ...verdict } = caseVerdict(broken);
    const { size } = new Set(broken.map(({ n }) => n));
    const counted = sends === undefined ? message : `${message} (${size} of ${sends} sends)`;
    return {
      id,
      description: ruleRow(id).must,
      milliseconds: 0,
      ...verdict,
      ...(message === undefined ? {} : { message: counted }),
    };
  });
}

export function caseVerdict(
  found: readonly PlacedViolation[],
): Omit<ReportCase, 'id' | 'description' | 'milliseconds'> {
  const [first] = found;
  if (first === undefined) return { status: 'passed' };
  const rules = new Set(found.map(({ invariant }) => invariant));
  const isOne = new Set(found.map(({ n }) => n)).size === 1;
  const value = (text: string, { invariant }: PlacedViolation) => {
    const { label } = ruleRow(invariant);
    return redacted(rules.size === 1 || label === undefined ? text : `${label}: ${text}`);
  };
  return {
    status: 'failed',
    message: [...rules].map((rule) => ruleRow(rule).broken).join(', '),
    expected: lines(found.map((one) => value(one.expected, one))),
    observed: lines(found.map((one) => `${isOne ? '' : `send ${one.n}: `}${value(one.observed, one)}`)),
    reproduce: first.reproduce,
    ...first.place?.(),
  };
}

function lines(all: readonly string[]): string {
  const texts = [...new Set(all)];
  const more = texts.length - MOST_LINES;
  return [...texts.slice(0, MOST_LINES), ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}

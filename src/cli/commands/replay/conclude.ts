/** The end of every form of `replay`: the sends, the violations, and an exit code. */

import {
  collapsed,
  type PlacedSend,
  type PlacedViolation,
  sendDocument,
  violationDocument,
} from '../../../conformance/replay/document.ts';
import type { ReportCase } from '../../../conformance/reports/reports.ts';
import { tapeOf, writeTape } from '../../../conformance/tape/tape.ts';
import { signalExitCode } from '../../../errors/failure.ts';
import { printable } from '../../../errors/foreign-text.ts';

import type { CommandContext } from '../../command.ts';
import { terminalWidth } from '../../terminal/fitted-table.ts';
import type { ReplayRun } from './replay-run.ts';
import { sendTable } from './send-table.ts';
import { areMany, latencyLine, oddSends, outcomesLine } from './summary.ts';
import { violationLines } from './violations.ts';

export interface Conclusion {
  readonly name: string;
  readonly sends: readonly PlacedSend[];
  readonly violations: readonly PlacedViolation[];
  readonly cases: readonly ReportCase[];
  /** Further members of the JSON document. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** Further words after the verdict. */
  readonly remark?: string;
  /** The signal that ended the run before its end. */
  readonly stopped?: NodeJS.Signals | undefined;
}

/** Prints the sends and the verdict, writes tape and reports, and sets the exit code. */
export function conclude({ context, flags, save, report }: ReplayRun, conclusion: Conclusion): void {
  const { output } = context;
  const { sends, name, cases, stopped } = conclusion;
  const violations = collapsed(conclusion.violations);
  if (output.json) output.document(verdictDocument(conclusion, violations));
  else printVerdict(context, conclusion, violations, flags.verbose === true);
  const summary = sends.length === 0 ? [] : [outcomesLine(sends), latencyLine(sends)];
  report({ name, cases, summary, stopped });
  if (save !== undefined && stopped === undefined) writeTape(save, tapeOf(sends));
  if (save !== undefined && stopped !== undefined) output.note('A run that was stopped leaves no tape.');
  context.exitWith(stopped === undefined ? exitCodeOf(conclusion) : signalExitCode(stopped));
  const refused = sends.find(({ answer }) => answer.reason === 'kid_unknown');
  if (violations.length > 0 && refused !== undefined && refused.email !== null)
    output.note('The server trusts other keys than these: name its state directory with --state-dir.');
  if (violations.length > 0 && sends.length > 0 && sends.every(({ answer }) => answer.status === 404))
    output.note('Is this the base URL of the API, without /v1/auth/web/callback?');
}

function verdictDocument({ facts, sends, stopped }: Conclusion, violations: readonly PlacedViolation[]): object {
  return {
    ok: violations.length === 0 && stopped === undefined,
    ...(stopped === undefined ? {} : { stopped }),
    ...facts,
    sends: sends.map(sendDocument),
    violations: violations.map(violationDocument),
  };
}

function printVerdict(
  context: CommandContext,
  { sends, violations: all, remark, stopped }: Conclusion,
  violations: readonly PlacedViolation[],
  isVerbose: boolean,
): void {
  const { output } = context;
  const violating = new Set(all.map(({ n }) => n));
  for (const [scenario, group] of Map.groupBy(sends, (send) => send.scenario ?? send.target)) {
    if (scenario !== undefined) output.line(output.paint.bold(printable(scenario)));
    if (areMany(group.length, isVerbose)) printMany(context, group, violating, scenario !== undefined);
    else printTable(context, group);
  }
  for (const violation of violations) for (const line of violationLines(violation)) output.line(line);
  const { green, red, yellow } = output.paint;
  const isStopped = stopped !== undefined;
  const word = violations.length > 0 ? red('FAILED') : isStopped ? yellow(`stopped by ${stopped}`) : green('ok');
  const last = isStopped && violations.length > 0 ? `stopped by ${stopped}` : undefined;
  output.line(`${word}: ${[...summary(sends, violations), remark, last].filter(Boolean).join('; ')}`);
}

function printTable({ output, runtime }: CommandContext, sends: readonly PlacedSend[]): void {
  for (const line of sendTable(sends, terminalWidth(runtime.stdout))) output.line(line);
}

/** @param isCounted whether the counts are not in the last line anyway */
function printMany(
  context: CommandContext,
  sends: readonly PlacedSend[],
  violating: ReadonlySet<number>,
  isCounted: boolean,
): void {
  const { line } = context.output;
  const { shown, more } = oddSends(sends, violating);
  if (shown.length > 0) printTable(context, shown);
  if (more > 0) line(`and ${more} more of these; --verbose shows every send`);
  if (isCounted) line(outcomesLine(sends));
  line(latencyLine(sends));
}

/** 4 if the only violation is that the target refused our token, 6 if it did not settle in time, otherwise 1. */
function exitCodeOf({ sends, violations }: Conclusion): number {
  if (violations.length === 0) return 0;
  const statuses = new Map(sends.map(({ n, answer }) => [n, answer.status]));
  const all = (invariant: string, ...wanted: readonly number[]) =>
    violations.every((one) => one.invariant === invariant && wanted.includes(statuses.get(one.n) ?? 0));
  if (all('accepted', 401, 403)) return 4;
  return all('settled', 409) ? 6 : 1;
}

function summary(sends: readonly PlacedSend[], violations: readonly PlacedViolation[]): readonly string[] {
  const found = violations.length === 1 ? '1 violation' : `${violations.length} violations`;
  return [...(violations.length === 0 ? [] : [found]), ...(sends.length === 0 ? [] : [outcomesLine(sends)])];
}

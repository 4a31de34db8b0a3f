/** The results of a check: for people, as JSON, as a report. */
import { INVARIANTS } from '../../check/invariants.ts';
import type { CheckPlan, CheckResult } from '../../check/run.ts';
import type { Target } from '../../check/target.ts';
import { printable } from '../../http/request-log.ts';
import type { Report } from '../../replay/reports.ts';
import type { Output } from '../output.ts';
import { paragraph } from '../paragraph.ts';

/** What was checked, and how. */
export interface Shown {
  readonly target: Target;
  /** Whether somebody else started the target. */
  readonly isForeign: boolean;
  readonly plan: CheckPlan;
  /** Where it was given. */
  readonly stateDir: string | undefined;
}

const MARKS = { passed: 'ok', failed: 'FAIL', skipped: 'skip' } as const;
const COLOURS = { passed: 'green', failed: 'red', skipped: 'dim' } as const;
const WIDTH = 36;

/** @param width of the terminal; undefined for a pipe */
export function printResults(
  { line, paint }: Output,
  results: readonly CheckResult[],
  shown: Shown,
  width: number | undefined,
): void {
  const say = (text: string, indent: string, hanging: number) => {
    for (const each of paragraph(printable(text), { width, indent, hanging: ' '.repeat(hanging) })) line(each);
  };
  for (const result of results) {
    const { id, status, observed, reason } = result;
    const mark = paint[COLOURS[status]](MARKS[status].padEnd(4));
    say(reason ?? INVARIANTS[id].meaning, `${mark}  ${id.padEnd(WIDTH)}`, WIDTH + 6);
    if (status !== 'failed') continue;
    say(observed ?? '', '      observed   ', 17);
    line(`      reproduce  ${reproduce(result, shown)}`);
  }
  const { passed, failed, skipped } = countsOf(results);
  line('');
  line(`${passed} passed, ${failed} failed, ${skipped} skipped (seed ${shown.plan.seed}, ${shown.target.url})`);
}

export function jsonResult(results: readonly CheckResult[], shown: Shown): object {
  const counts = countsOf(results);
  return {
    ok: counts.failed === 0 && counts.passed > 0,
    url: shown.target.url,
    started_by_check: !shown.isForeign,
    seed: shown.plan.seed,
    repeat: shown.plan.repeat,
    ...counts,
    invariants: results.map((result) => ({
      id: result.id,
      status: result.status,
      expected: INVARIANTS[result.id].meaning,
      observed: result.observed,
      reason: result.reason,
      rounds: result.rounds,
      milliseconds: Math.round(result.milliseconds),
      reproduce: result.status === 'failed' ? reproduce(result, shown) : null,
    })),
  };
}

export function reportOf(results: readonly CheckResult[], shown: Shown): Report {
  return {
    name: 'agent-paste check',
    cases: results.map((result) => {
      const { id, status, observed, reason, milliseconds } = result;
      const { meaning } = INVARIANTS[id];
      const base = { id, description: meaning, status, milliseconds };
      if (status === 'passed') return base;
      if (status === 'skipped') return { ...base, message: reason ?? '' };
      return {
        ...base,
        message: observed ?? '',
        expected: meaning,
        observed: observed ?? '',
        reproduce: reproduce(result, shown),
      };
    }),
  };
}

/** One command that tries this invariant again. A target that is known by now needs other users: no seed for it. */
function reproduce({ id, rounds }: CheckResult, { target, isForeign, plan, stateDir }: Shown): string {
  return [
    'agent-paste check',
    `--only ${id}`,
    ...(isForeign ? [`--url ${target.url}`] : [`--seed ${plan.seed}`]),
    ...(isForeign && target.minter === undefined ? ['--token -'] : []),
    ...(isForeign && target.minter && stateDir !== undefined ? [`--state-dir ${quoted(stateDir)}`] : []),
    ...(rounds > 1 ? [`--repeat ${plan.repeat}`] : []),
  ].join(' ');
}

function quoted(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function countsOf(results: readonly CheckResult[]): { passed: number; failed: number; skipped: number } {
  const of = (status: CheckResult['status']) => results.filter((result) => result.status === status).length;
  return { passed: of('passed'), failed: of('failed'), skipped: of('skipped') };
}

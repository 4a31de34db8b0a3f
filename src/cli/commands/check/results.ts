/** The results of a check: for people and as JSON. */

import type { CheckResult } from '../../../conformance/check/checks.ts';
import { INVARIANTS } from '../../../conformance/check/invariants/invariants.ts';
import type { CallbackAnswer } from '../../../conformance/replay/send.ts';
import { excerpt, redacted, visible } from '../../../errors/foreign-text.ts';

import type { Output } from '../../terminal/output.ts';
import { paragraph } from '../../terminal/paragraph.ts';
import { reproduce } from './reproduce.ts';
import type { Shown } from './shown.ts';

const STATUSES = ['passed', 'failed', 'part', 'skipped'] as const;
const MARKS = { passed: 'ok', failed: 'FAIL', part: 'part', skipped: 'skip' } as const;
const COLOURS = { passed: 'green', failed: 'red', part: 'yellow', skipped: 'dim' } as const;
const WIDTH = 36;
/** Problems of one invariant; --verbose shows all of them. */
const MOST_PROBLEMS = 10;

/** @param width of the terminal; undefined for a pipe */
export function printResults(
  { line, paint }: Output,
  results: readonly CheckResult[],
  shown: Shown,
  width: number | undefined,
): void {
  const say = (text: string, indent: string, hanging: number) => {
    for (const each of paragraph(visible(redacted(text)), { width, indent, hanging: ' '.repeat(hanging) })) line(each);
  };
  const list = (label: string, texts: readonly string[]) => {
    const most = shown.isVerbose ? texts.length : MOST_PROBLEMS;
    for (const [index, text] of texts.slice(0, most).entries()) say(text, labelled(index === 0 ? label : ''), 17);
    if (texts.length > most) say(`and ${texts.length - most} more: --verbose shows them`, labelled(''), 17);
  };
  for (const result of results) {
    const { id, status, reason } = result;
    const mark = paint[COLOURS[status]](MARKS[status].padEnd(4));
    const text = status === 'skipped' ? (reason ?? '') : INVARIANTS[id].meaning;
    say(text, `${mark}  ${id.padEnd(WIDTH)}`, WIDTH + 6);
    list('observed', result.problems);
    list('should', result.advice);
    if (status !== 'skipped' && reason !== null) list('not tried', [reason]);
    if (shown.isVerbose) list('answer', result.answers.map(wholeAnswer));
    if (status === 'failed') line(`${labelled('reproduce')}${reproduce(result, shown)}`);
  }
  line('');
  line(summaryOf(results, shown));
}

function labelled(label: string): string {
  return `      ${label.padEnd(11)}`;
}

function summaryOf(results: readonly CheckResult[], { plan, target, stopped }: Shown): string {
  const { passed, failed, part, skipped } = countsOf(results);
  const advice = results.reduce((sum, result) => sum + result.advice.length, 0);
  return [
    stopped === undefined ? '' : `stopped by ${stopped}: `,
    `${passed} passed, ${failed} failed, ${part === 0 ? '' : `${part} in part, `}${skipped} skipped`,
    ...(advice === 0
      ? []
      : [`; ${advice} ${advice === 1 ? 'recommendation' : 'recommendations'} (--strict decides by them)`]),
    ` (seed ${plan.seed}, ${target.url})`,
  ].join('');
}

/** Status, headers and the body with its secrets masked. */
function wholeAnswer({ status, headers, bytes }: CallbackAnswer): string {
  const shown = Object.entries(headers).filter(([, value]) => value !== undefined && value !== false);
  const named = shown.map(([name, value]) => `${name}: ${excerpt(String(value))}`).join(', ');
  return `${status} (${named}) ${redacted(bytes.subarray(0, MOST_SHOWN_BYTES).toString('utf8'))}`;
}

const MOST_SHOWN_BYTES = 8192;

export function jsonResult(results: readonly CheckResult[], shown: Shown): object {
  const counts = countsOf(results);
  const isJudged = results.every(({ failure }) => failure === null);
  return {
    ok: counts.failed === 0 && counts.passed + counts.part > 0 && isJudged && shown.stopped === undefined,
    ...(shown.stopped === undefined ? {} : { stopped: shown.stopped }),
    url: shown.target.url,
    started_by_check: !shown.isForeign,
    strict: shown.plan.strict ?? false,
    seed: shown.plan.seed,
    repeat: shown.plan.repeat,
    ...counts,
    invariants: results.map((result) => ({
      id: result.id,
      status: result.status,
      expected: INVARIANTS[result.id].meaning,
      observed: observedOf(result),
      problems: result.problems.map(redacted),
      advice: result.advice.map(redacted),
      reason: result.reason,
      rounds: result.rounds,
      milliseconds: Math.round(result.milliseconds),
      reproduce: result.status === 'failed' ? reproduce(result, shown) : null,
      ...(shown.isVerbose ? { answers: result.answers.map(wholeAnswer) } : {}),
    })),
  };
}

/** All problems in one text; null where there is none. */
export function observedOf({ problems }: CheckResult): string | null {
  return problems.length === 0 ? null : redacted(problems.join('; '));
}

function countsOf(results: readonly CheckResult[]): Record<(typeof STATUSES)[number], number> {
  const of = (status: CheckResult['status']) => results.filter((result) => result.status === status).length;
  return { passed: of('passed'), failed: of('failed'), part: of('part'), skipped: of('skipped') };
}

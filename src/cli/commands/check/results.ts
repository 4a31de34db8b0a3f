/** The results of a check, for people. */

import type { CheckResult } from '../../../conformance/check/checks.ts';
import { countsOf, wholeAnswer } from '../../../conformance/check/document.ts';
import { INVARIANTS } from '../../../conformance/check/invariants/invariants.ts';
import { redacted, visible } from '../../../errors/foreign-text.ts';

import type { Output } from '../../terminal/output.ts';
import { paragraph } from '../../terminal/paragraph.ts';
import { reproduce } from './reproduce.ts';
import type { Shown } from './shown.ts';

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

/** A check as a JSON document, as `check --json` prints it and the library returns it. */
import { excerpt, redacted } from '../../errors/foreign-text.ts';
import type { CallbackAnswer } from '../replay/send.ts';
import type { CheckPlan } from './checks.ts';
import { INVARIANTS } from './invariants/invariants.ts';
import type { CheckResult } from './result.ts';
import type { Target } from './trial/target.ts';

/** The target and the settings of a check. */
export interface JudgedCheck {
  readonly target: Pick<Target, 'url'>;
  /** Whether another program started the target. */
  readonly isForeign: boolean;
  readonly plan: CheckPlan;
  /** Every problem, and whole answers. */
  readonly isVerbose: boolean;
  /** The signal that ended the check before its end. */
  readonly stopped?: NodeJS.Signals | undefined;
}

const STATUSES = ['passed', 'failed', 'part', 'skipped'] as const;

/** Status, headers and the body with its secrets masked. */
export function wholeAnswer({ status, headers, bytes }: CallbackAnswer): string {
  const shown = Object.entries(headers).filter(([, value]) => value !== undefined && value !== false);
  const named = shown.map(([name, value]) => `${name}: ${excerpt(String(value))}`).join(', ');
  return `${status} (${named}) ${redacted(bytes.subarray(0, MOST_SHOWN_BYTES).toString('utf8'))}`;
}

const MOST_SHOWN_BYTES = 8192;

/** @param reproduce a way to try an invariant again */
export function checkDocument(
  results: readonly CheckResult[],
  shown: JudgedCheck,
  reproduce: (result: CheckResult) => string,
): object {
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
      reproduce: result.status === 'failed' ? reproduce(result) : null,
      ...(shown.isVerbose ? { answers: result.answers.map(wholeAnswer) } : {}),
    })),
  };
}

/** All problems in one text; null where there is none. */
export function observedOf({ problems }: CheckResult): string | null {
  return problems.length === 0 ? null : redacted(problems.join('; '));
}

export function countsOf(results: readonly CheckResult[]): Record<(typeof STATUSES)[number], number> {
  const of = (status: CheckResult['status']) => results.filter((result) => result.status === status).length;
  return { passed: of('passed'), failed: of('failed'), part: of('part'), skipped: of('skipped') };
}

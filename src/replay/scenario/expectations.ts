/** What a step of a scenario expects of its answers, and where they differ. */
import { isDeepStrictEqual } from 'node:util';
import { member } from '../answer.ts';
import { shown } from '../masked.ts';
import { briefly, type Finding, fingerprint, type SendResult } from '../result.ts';
import { judgeSends, sameAnswers } from '../verdict.ts';
import { patternOf } from './read.ts';
import type { Expected } from './schema.ts';

interface Comparison {
  readonly expected: string;
  /** Undefined where the answer is as expected. */
  readonly observed: string | undefined;
}

type Check = (result: SendResult) => Comparison;

/** @param answerOf the first answer of an earlier step */
export function judgeStep(
  expected: Expected | undefined,
  results: readonly SendResult[],
  answerOf: (id: string) => SendResult,
  concurrent: boolean,
): Finding[] {
  if (expected === undefined) return judgeSends(results, { expect: [], concurrent });
  const checks = checksOf(expected, answerOf);
  const unreadable = results.flatMap(({ n, sent }) =>
    sent.problem === undefined || expected.outcome === 'unreadable'
      ? []
      : [{ invariant: 'readable-answer', n, expected: 'an answer of the contract', observed: sent.problem }],
  );
  const different = results.flatMap((result) =>
    checks.flatMap(([invariant, check]) => {
      const { expected: wanted, observed } = check(result);
      return observed === undefined ? [] : [{ invariant, n: result.n, expected: wanted, observed }];
    }),
  );
  return [...unreadable, ...different, ...miscounted(expected, results), ...sameAnswers(results)];
}

function checksOf(expected: Expected, answerOf: (id: string) => SendResult): readonly (readonly [string, Check])[] {
  const { outcome, status, code, reason, fields, same_as, differs_from, same_fields } = expected;
  const checks: (readonly [string, Check])[] = [];
  if (outcome !== undefined)
    checks.push([
      'expected-outcome',
      (result) => equal(outcome, result.outcome, `${result.outcome} (${briefly(result)})`),
    ]);
  if (status !== undefined)
    checks.push(['expected-status', (result) => equal(status, result.sent.status, briefly(result))]);
  if (code !== undefined) checks.push(['expected-code', ({ sent }) => equal(code, sent.code)]);
  if (reason !== undefined) checks.push(['expected-reason', ({ sent }) => equal(reason, sent.reason)]);
  for (const [path, wanted] of Object.entries(fields ?? {}))
    checks.push(['expected-field', ({ sent }) => labelled(path, field(wanted, valueAt(sent.body, path)))]);
  if (same_as !== undefined) {
    const other = fingerprint(answerOf(same_as));
    checks.push(['same-answer', (result) => labelled(`as ${same_as}`, equal(other, fingerprint(result)))]);
  }
  if (differs_from !== undefined) {
    const other = fingerprint(answerOf(differs_from));
    checks.push([
      'different-answer',
      (result) => ({
        expected: `another answer than ${differs_from}`,
        observed: fingerprint(result) === other ? `the same: ${other}` : undefined,
      }),
    ]);
  }
  for (const path of same_fields?.fields ?? []) {
    const other = valueAt(answerOf(same_fields?.as ?? '').sent.body, path);
    checks.push([
      'same-fields',
      ({ sent }) => {
        const found = valueAt(sent.body, path);
        return labelled(`${path}, as in ${same_fields?.as}`, other === undefined ? nowhere : field(other, found));
      },
    ]);
  }
  return checks;
}

/** A field that neither answer has proves nothing. */
const nowhere: Comparison = { expected: 'a value', observed: 'nothing in the earlier answer' };

function miscounted({ outcomes }: Expected, results: readonly SendResult[]): Finding[] {
  if (outcomes === undefined) return [];
  const counts = Object.groupBy(results, ({ outcome }) => outcome);
  const list = (of: (name: SendResult['outcome']) => number) =>
    [...new Set([...Object.keys(outcomes), ...Object.keys(counts)])]
      .map((name) => `${of(name as SendResult['outcome'])} ${name}`)
      .join(', ');
  const expected = list((name) => outcomes[name] ?? 0);
  const observed = list((name) => counts[name]?.length ?? 0);
  return expected === observed ? [] : [{ invariant: 'expected-outcomes', n: results[0]?.n ?? 0, expected, observed }];
}

function equal(wanted: unknown, found: unknown, observed = shown(found)): Comparison {
  return { expected: String(wanted), observed: isDeepStrictEqual(wanted, found) ? undefined : observed };
}

function field(wanted: unknown, found: unknown): Comparison {
  const pattern = patternOf(wanted);
  if (pattern === undefined)
    return { expected: shown(wanted), observed: isDeepStrictEqual(wanted, found) ? undefined : shown(found) };
  const matches = typeof found === 'string' && new RegExp(pattern, 'u').test(found);
  return { expected: `something like ${pattern}`, observed: matches ? undefined : shown(found) };
}

function labelled(label: string, { expected, observed }: Comparison): Comparison {
  return { expected: `${label}: ${expected}`, observed: observed === undefined ? undefined : `${label}: ${observed}` };
}

/** `workspace_member.scopes.0` */
function valueAt(body: unknown, path: string): unknown {
  return path.split('.').reduce((value, name) => member(value, name), body);
}

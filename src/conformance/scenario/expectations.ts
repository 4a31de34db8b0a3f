/** What a step of a scenario expects of its answers, and where they differ. */
import { isDeepStrictEqual } from 'node:util';
import { member } from '../../callback/token/json-object.ts';
import { excerpt } from '../../errors/foreign-text.ts';
import { briefly, fingerprint, type SendResult, type Violation } from '../replay/result.ts';
import type { Rule } from '../replay/rules.ts';
import { judgeSends, sameAnswers } from '../replay/verdict.ts';
import { patternOf } from './read.ts';
import type { Expected } from './schema.ts';

interface Comparison {
  readonly expected: string;
  /** Undefined where the answer is as expected. */
  readonly observed: string | undefined;
}

type Compare = (result: SendResult) => Comparison;

interface Check {
  readonly invariant: Rule;
  /** A path in the expectations of the step. */
  readonly at: readonly string[];
  readonly compare: Compare;
}

export interface JudgedStep {
  readonly expected: Expected | undefined;
  readonly results: readonly SendResult[];
  /** The first answer of an earlier step. */
  readonly answerOf: (id: string) => SendResult;
  readonly concurrent: boolean;
  /** Whether sends are missing, because the run was stopped. */
  readonly isStopped: boolean;
}

export function judgeStep({ expected, results, answerOf, concurrent, isStopped }: JudgedStep): Violation[] {
  if (expected === undefined) return judgeSends(results, { expect: [], concurrent });
  const checks = checksOf(expected, answerOf);
  const unreadable = results.flatMap(({ n, answer }) =>
    answer.problem === undefined || expected.outcome === 'unreadable'
      ? []
      : [{ invariant: 'readable-answer' as const, n, expected: 'an answer of the contract', observed: answer.problem }],
  );
  const different = results.flatMap((result) =>
    checks.flatMap(({ invariant, at, compare }) => {
      const { expected: wanted, observed } = compare(result);
      return observed === undefined
        ? []
        : [{ invariant, n: result.n, where: ['expect', ...at], expected: wanted, observed }];
    }),
  );
  return [...unreadable, ...different, ...(isStopped ? [] : miscounted(expected, results)), ...sameAnswers(results)];
}

function checksOf(expected: Expected, answerOf: (id: string) => SendResult): readonly Check[] {
  const { outcome, status, code, reason, fields, same_as, differs_from, same_fields } = expected;
  const checks: Check[] = [];
  const add = (invariant: Rule, at: readonly string[], compare: Compare) => checks.push({ invariant, at, compare });
  if (outcome !== undefined)
    add('expected-outcome', ['outcome'], (result) =>
      equal(outcome, result.outcome, `${result.outcome} (${briefly(result)})`),
    );
  if (status !== undefined)
    add('expected-status', ['status'], (result) => equal(status, result.answer.status, briefly(result)));
  if (code !== undefined) add('expected-code', ['code'], ({ answer }) => equal(code, answer.code));
  if (reason !== undefined) add('expected-reason', ['reason'], ({ answer }) => equal(reason, answer.reason));
  for (const [path, wanted] of Object.entries(fields ?? {}))
    add('expected-field', ['fields', path], ({ answer }) => labelled(path, field(wanted, valueAt(answer.body, path))));
  if (same_as !== undefined) {
    const other = fingerprint(answerOf(same_as));
    add('same-answer', ['same_as'], (result) => labelled(`as ${same_as}`, equal(other, fingerprint(result))));
  }
  if (differs_from !== undefined) {
    const other = fingerprint(answerOf(differs_from));
    add('different-answer', ['differs_from'], (result) => ({
      expected: `another answer than ${differs_from}`,
      observed: fingerprint(result) === other ? `the same: ${other}` : undefined,
    }));
  }
  for (const path of same_fields?.fields ?? []) {
    const other = valueAt(answerOf(same_fields?.as ?? '').answer.body, path);
    add('same-fields', ['same_fields'], ({ answer }) => {
      const found = valueAt(answer.body, path);
      return labelled(`${path}, as in ${same_fields?.as}`, other === undefined ? nowhere : field(other, found));
    });
  }
  return checks;
}

/** A field that neither answer has proves nothing. */
const nowhere: Comparison = { expected: 'a value', observed: 'nothing in the earlier answer' };

function miscounted({ outcomes }: Expected, results: readonly SendResult[]): Violation[] {
  if (outcomes === undefined) return [];
  const counts = Object.groupBy(results, ({ outcome }) => outcome);
  const list = (of: (name: SendResult['outcome']) => number) =>
    [...new Set([...Object.keys(outcomes), ...Object.keys(counts)])]
      .map((name) => `${of(name as SendResult['outcome'])} ${name}`)
      .join(', ');
  const expected = list((name) => outcomes[name] ?? 0);
  const observed = list((name) => counts[name]?.length ?? 0);
  if (expected === observed) return [];
  return [{ invariant: 'expected-outcomes', n: results[0]?.n ?? 0, where: ['expect', 'outcomes'], expected, observed }];
}

/** A name is shown as it is expected, without quotation marks. */
function equal(
  wanted: unknown,
  found: unknown,
  observed = typeof found === 'string' ? found : shown(found),
): Comparison {
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

/** A JSON value in at most 200 characters. */
function shown(value: unknown): string {
  return excerpt(JSON.stringify(value) ?? 'nothing');
}

/** The expectations for the sends of a run, and the sends that break them. */

import { OUTCOMES } from '../../callback/outcome.ts';
import { closest } from '../../errors/closest.ts';
import { Failure } from '../../errors/failure.ts';
import { type AnswerOutcome, isNotNow } from './answer.ts';
import { briefly, fingerprint, type SendResult, type Violation } from './result.ts';
import type { Rule } from './rules.ts';

/** For one send: an outcome, or only a status. */
export type SendExpectation = { readonly outcome: AnswerOutcome } | { readonly status: number };

/** `provisioned,replayed`: one for each send, the last one for all further sends. @throws Failure invalid_argument */
export function parseExpectations(text: string): readonly SendExpectation[] {
  return text.split(',').map((item) => {
    const name = item.trim();
    const outcome = OUTCOMES.find((known) => known === name);
    if (outcome !== undefined) return { outcome };
    if (/^[1-5]\d\d$/.test(name)) return { status: Number(name) };
    throw new Failure(
      'invalid_argument',
      `--expect: ${JSON.stringify(name)} is not accepted; accepted: ${OUTCOMES.join(', ')}, a status, or several with commas${closest(name, OUTCOMES)}`,
    );
  });
}

export interface Rules {
  /** In the order of the sends. Without expectations, every key must give the same successful answer each time. */
  readonly expect: readonly SendExpectation[];
  /** Whether sends were under way together, so that the order in the server is unknown. */
  readonly concurrent: boolean;
  /** How many sends were to be answered, if the run was stopped before. */
  readonly planned?: number;
}

/** @returns an empty list if all expectations are met */
export function judgeSends(results: readonly SendResult[], { expect, concurrent, planned }: Rules): Violation[] {
  const unreadable = results.flatMap((result) => {
    const { problem } = result.answer;
    return problem === undefined ? [] : [violation(result, 'readable-answer', 'an answer of the contract', problem)];
  });
  const readable = results.filter(({ answer }) => answer.problem === undefined);
  if (expect.length === 0) return [...unreadable, ...notAccepted(readable), ...sameAnswers(readable)];
  const pairs = concurrent
    ? matched(readable, expect, Math.max(readable.length, planned ?? 0))
    : readable.map((result) => [result, nth(expect, result.n - 1)] as const);
  // A send that is expected to run again, or to be refused, need not look like a replay.
  const repeats = pairs.filter(([, wanted]) =>
    'status' in wanted ? wanted.status === 200 : wanted.outcome === 'replayed',
  );
  const firsts = pairs.filter(([, wanted]) => 'outcome' in wanted && wanted.outcome === 'provisioned');
  const compared = new Set([...repeats, ...firsts].map(([result]) => result));
  return [
    ...unreadable,
    ...pairs.filter(([result, wanted]) => !meets(result, wanted)).map(([result, wanted]) => unexpected(result, wanted)),
    ...sameAnswers(readable.filter((result) => compared.has(result))),
  ];
}

/** The rules of `judgeSends`, whether they are broken or not. */
export function rulesOf(expect: readonly SendExpectation[]): readonly Rule[] {
  if (expect.length === 0) return ['readable-answer', 'accepted', 'settled', 'same-key-same-answer'];
  return [
    'readable-answer',
    ...(expect.some((wanted) => 'outcome' in wanted) ? (['expected-outcome'] as const) : []),
    ...(expect.some((wanted) => 'status' in wanted) ? (['expected-status'] as const) : []),
    'same-key-same-answer',
  ];
}

/** The same key gives the same status and bytes (contract §1). Answers that say "not yet" are not answers of the key. */
export function sameAnswers(results: readonly SendResult[]): Violation[] {
  const first = new Map<string, SendResult>();
  return results.flatMap((result) => {
    if (result.record === null || isUnsettled(result)) return [];
    const earlier = first.get(result.record);
    if (earlier === undefined) {
      first.set(result.record, result);
      return [];
    }
    const expected = fingerprint(earlier);
    return fingerprint(result) === expected
      ? []
      : [
          violation(
            result,
            'same-key-same-answer',
            `${expected}, as send ${earlier.n} of ${result.key}`,
            fingerprint(result),
          ),
        ];
  });
}

/** By default a callback must succeed. Each key and cause gives one violation. */
function notAccepted(results: readonly SendResult[]): Violation[] {
  const told = new Set<string>();
  return results.flatMap((result) => {
    const observed = briefly(result);
    const subject = `${result.record} ${observed}`;
    if (result.answer.status === 200 || told.has(subject)) return [];
    told.add(subject);
    return isUnsettled(result)
      ? [violation(result, 'settled', 'an answer, not "try again"', observed)]
      : [violation(result, 'accepted', '200', observed)];
  });
}

function isUnsettled({ answer }: SendResult): boolean {
  return isNotNow(answer.status) || answer.status >= 500;
}

function meets({ outcome, answer }: SendResult, wanted: SendExpectation): boolean {
  return 'status' in wanted ? answer.status === wanted.status : outcome === wanted.outcome;
}

/** Assigns to each expectation a send that meets it, if there is one. */
function matched(
  results: readonly SendResult[],
  expect: readonly SendExpectation[],
  planned: number,
): readonly (readonly [SendResult, SendExpectation])[] {
  const left = new Set(results);
  const unmet: SendExpectation[] = [];
  const pairs: (readonly [SendResult, SendExpectation])[] = [];
  // Sends that look alike meet the same expectations, so that one of each kind is looked at.
  const kinds = Map.groupBy(results, ({ outcome, answer }) => `${answer.status} ${outcome}`);
  const queues = [...kinds.values()].map((kind) => [...kind].reverse());
  for (let index = 0; index < planned; index++) {
    const wanted = nth(expect, index);
    const found = queues.find((kind) => kind.length > 0 && meets(kind.at(-1) as SendResult, wanted))?.pop();
    if (found === undefined) unmet.push(wanted);
    else {
      left.delete(found);
      pairs.push([found, wanted]);
    }
  }
  const rest = [...left].map((result, index) => [result, nth(unmet, index)] as const);
  return [...pairs, ...rest].sort(([a], [b]) => a.n - b.n);
}

function nth(expect: readonly SendExpectation[], index: number): SendExpectation {
  return expect[Math.min(index, expect.length - 1)] as SendExpectation;
}

function unexpected(result: SendResult, wanted: SendExpectation): Violation {
  return 'status' in wanted
    ? violation(result, 'expected-status', String(wanted.status), briefly(result))
    : violation(result, 'expected-outcome', wanted.outcome, `${result.outcome} (${briefly(result)})`);
}

function violation({ n }: SendResult, invariant: Rule, expected: string, observed: string): Violation {
  return { invariant, n, expected, observed };
}

/** What must hold for the sends of a run, and which of them break it. */
import { Failure } from '../errors.ts';
import { OUTCOMES, type Outcome } from './answer.ts';
import { briefly, type Finding, fingerprint, type SendResult } from './result.ts';

/** Of one send: an outcome, or only a status. */
export type Expectation = { readonly outcome: Outcome } | { readonly status: number };

/** `provisioned,replayed`: one for each send, the last one for all further sends. @throws Failure invalid_argument */
export function parseExpectations(text: string): readonly Expectation[] {
  return text.split(',').map((item) => {
    const name = item.trim();
    const outcome = OUTCOMES.find((known) => known === name && known !== 'unreadable');
    if (outcome !== undefined) return { outcome };
    if (/^[1-5]\d\d$/.test(name)) return { status: Number(name) };
    const accepted = OUTCOMES.filter((known) => known !== 'unreadable').join(', ');
    throw new Failure(
      'invalid_argument',
      `--expect: ${JSON.stringify(name)} is not accepted; accepted: ${accepted}, a status, or several with commas`,
    );
  });
}

export interface Rules {
  /** In the order of the sends; without any, every key must give the same good answer each time. */
  readonly expect: readonly Expectation[];
  /** Whether sends were under way together, so that nobody knows which the server took first. */
  readonly concurrent: boolean;
}

/** @returns nothing when all is as it should be */
export function judgeSends(results: readonly SendResult[], { expect, concurrent }: Rules): Finding[] {
  const unreadable = results.flatMap((result) => {
    const { problem } = result.sent;
    return problem === undefined ? [] : [finding(result, 'readable-answer', 'an answer of the contract', problem)];
  });
  const readable = results.filter(({ sent }) => sent.problem === undefined);
  if (expect.length === 0) return [...unreadable, ...notAccepted(readable), ...sameAnswers(readable)];
  const pairs = concurrent
    ? matched(readable, expect)
    : readable.map((result) => [result, nth(expect, result.n - 1)] as const);
  // A send that is expected to be worked on anew, or refused, is not a replay and need not look like one.
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

/** The same key gives the same status and bytes (contract §1). Answers that say "not yet" are not answers of the key. */
export function sameAnswers(results: readonly SendResult[]): Finding[] {
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
          finding(
            result,
            'same-key-same-answer',
            `${expected}, as send ${earlier.n} of ${result.key}`,
            fingerprint(result),
          ),
        ];
  });
}

/** Without anything else expected, a callback succeeds; one finding for each key and cause is enough. */
function notAccepted(results: readonly SendResult[]): Finding[] {
  const told = new Set<string>();
  return results.flatMap((result) => {
    const observed = briefly(result);
    const subject = `${result.record} ${observed}`;
    if (result.sent.status === 200 || told.has(subject)) return [];
    told.add(subject);
    return isUnsettled(result)
      ? [finding(result, 'settled', 'an answer, not "try again"', observed)]
      : [finding(result, 'accepted', '200', observed)];
  });
}

function isUnsettled({ sent }: SendResult): boolean {
  return sent.status === 409 || sent.status >= 500;
}

export function meets({ outcome, sent }: SendResult, wanted: Expectation): boolean {
  return 'status' in wanted ? sent.status === wanted.status : outcome === wanted.outcome;
}

/** Gives every expectation a send that meets it, as far as there is one. */
function matched(
  results: readonly SendResult[],
  expect: readonly Expectation[],
): readonly (readonly [SendResult, Expectation])[] {
  const left = new Set(results);
  const unmet: Expectation[] = [];
  const pairs: (readonly [SendResult, Expectation])[] = [];
  for (let index = 0; index < results.length; index++) {
    const wanted = nth(expect, index);
    const found = left.values().find((result) => meets(result, wanted));
    if (found === undefined) unmet.push(wanted);
    else {
      left.delete(found);
      pairs.push([found, wanted]);
    }
  }
  const rest = [...left].map((result, index) => [result, nth(unmet, index)] as const);
  return [...pairs, ...rest].sort(([a], [b]) => a.n - b.n);
}

function nth(expect: readonly Expectation[], index: number): Expectation {
  return expect[Math.min(index, expect.length - 1)] as Expectation;
}

function unexpected(result: SendResult, wanted: Expectation): Finding {
  return 'status' in wanted
    ? finding(result, 'expected-status', String(wanted.status), briefly(result))
    : finding(result, 'expected-outcome', wanted.outcome, `${result.outcome} (${briefly(result)})`);
}

function finding({ n }: SendResult, invariant: string, expected: string, observed: string): Finding {
  return { invariant, n, expected, observed };
}

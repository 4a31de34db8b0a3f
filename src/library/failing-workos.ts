/** A played WorkOS that fails on purpose: an error status, no answer, or a connection that breaks. */
import { HttpResponse } from 'msw';
import { ANY, refuseArgument, refuseName, refuseOptions, timeOf, WHOLE_NUMBER } from './options.ts';
import type { WorkosFailure, WorkosFailureOptions, WorkosPart } from './types.ts';

export interface FailingWorkos {
  fail(how: WorkosFailure, options?: WorkosFailureOptions): void;
  /** Requests without an answer break. */
  recover(): void;
  /** undefined where the part works. */
  answer(part: WorkosPart): Promise<Response> | Response | undefined;
}

const PARTS: readonly WorkosPart[] = ['keys', 'users'];
const HOW = {
  accepts: "a status from 400 to 599, 'no-answer' or 'network-error'",
  is: (value: unknown) =>
    value === 'no-answer' ||
    value === 'network-error' ||
    (Number.isInteger(value) && Number(value) >= 400 && Number(value) <= 599),
};
interface Failing {
  readonly how: WorkosFailure;
  readonly headers: Readonly<Record<string, string>>;
  left: number;
}

export function failingWorkos(): FailingWorkos {
  const failing = new Map<WorkosPart, Failing>();
  let recovery = Promise.withResolvers<void>();
  return {
    fail(how, options = {}) {
      refuseArgument('fail: how', how, HOW);
      refuseOptions('fail', options, { of: ANY, times: WHOLE_NUMBER, retryAfter: ANY });
      const { of, times = Number.POSITIVE_INFINITY, retryAfter } = options;
      if (of !== undefined) refuseName('fail: of', of, PARTS);
      const headers = retryAfter === undefined ? {} : { 'retry-after': String(secondsOf(how, retryAfter)) };
      for (const part of of === undefined ? PARTS : [of]) failing.set(part, { how, headers, left: times });
    },
    recover() {
      failing.clear();
      recovery.resolve();
      recovery = Promise.withResolvers();
    },
    answer(part) {
      const found = failing.get(part);
      if (found === undefined || found.left === 0) return undefined;
      found.left -= 1;
      const { how, headers } = found;
      if (how === 'no-answer') return recovery.promise.then(() => HttpResponse.error());
      if (how === 'network-error') return HttpResponse.error();
      return HttpResponse.json({ message: MESSAGES[how] ?? 'The request failed.' }, { status: how, headers });
    },
  };
}

const MESSAGES: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  429: 'Too many requests.',
  500: 'Internal server error',
  503: 'Service unavailable',
};

/** @throws TypeError, also where no answer could carry it */
function secondsOf(how: WorkosFailure, retryAfter: number | string): number {
  refuseArgument('fail: how beside retryAfter', how, { accepts: 'a status', is: (value) => typeof value === 'number' });
  return Math.ceil(timeOf('fail: retryAfter', retryAfter, '365d') / 1000);
}

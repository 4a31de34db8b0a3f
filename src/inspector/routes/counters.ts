/** Callbacks counted by outcome and by reason, over time. */
import type { Outcome } from '../../callback/outcome.ts';
import { REASONS } from '../../errors/reasons.ts';
import { isoTime } from '../../machine/values/time.ts';
import { knownReason } from '../../store/view/callback.ts';
import type { CountersAnswer } from '../api-types.ts';
import type { Inspected } from '../inspected.ts';
import { type CountedRows, openCountedRows } from './counted-rows.ts';
import type { Query } from './query.ts';

const BINS = { least: 1, most: 240, usual: 60 };

type Counts = Partial<Record<Outcome, number>>;

/** @returns counts at each call, from what was counted before */
export function openCounters({ reads, now }: Inspected): (query: Query) => Promise<CountersAnswer> {
  const counted = openCountedRows(reads);
  return async (query) => {
    const [since, bins] = [query.time('since'), query.number('bins', BINS)];
    const complete = (await reads.has('attempts')) ? await counted.advance(since) : true;
    return answerOf(counted, { since, until: now(), bins, complete });
  };
}

interface Range {
  readonly since: number | undefined;
  readonly until: number;
  readonly bins: number;
  readonly complete: boolean;
}

function answerOf(counted: CountedRows, { since, until, bins, complete }: Range): CountersAnswer {
  let from = since ?? until;
  if (since === undefined) for (const { at } of counted.rows()) from = Math.min(from, at);
  const length = Math.max(1, (until - from) / bins);
  const over: Counts[] = Array.from({ length: bins }, () => ({}));
  const outcomes: Counts = {};
  const reasons = new Map<string, number>();
  const times = histogram();
  let callbacks = 0;
  for (const row of counted.rows()) {
    if (row.at < from) continue;
    const bin = over[Math.min(bins - 1, Math.floor((row.at - from) / length))] as Counts;
    bin[row.outcome] = (bin[row.outcome] ?? 0) + row.callbacks;
    outcomes[row.outcome] = (outcomes[row.outcome] ?? 0) + row.callbacks;
    if (row.reason !== null) reasons.set(row.reason, (reasons.get(row.reason) ?? 0) + row.callbacks);
    times.add(row.milliseconds);
    callbacks += row.callbacks;
  }
  return {
    schema_version: 1,
    since: since === undefined ? null : isoTime(since),
    until: isoTime(until),
    bins:
      callbacks === 0
        ? []
        : over.map((counts, index) => ({ from: isoTime(Math.floor(from + index * length)), counts })),
    outcomes,
    reasons: [...reasons].sort(([, a], [, b]) => b - a).map(([reason, count]) => reasonRow(counted, reason, count)),
    callbacks,
    milliseconds: { p50: times.percentile(0.5), p95: times.percentile(0.95) },
    complete,
  };
}

function reasonRow(counted: CountedRows, reason: string, callbacks: number): CountersAnswer['reasons'][number] {
  const newest = counted.newestOf(reason);
  const known = knownReason({ reason });
  return {
    reason,
    callbacks,
    last_at: newest?.at ?? '',
    request_id: newest?.request_id ?? '',
    remedy: known === null ? null : REASONS[known].remedy,
  };
}

/** Steps of 2 %, since sorting a hundred thousand numbers would keep the event loop too long. */
const STEP = Math.log(1.02);
const LEAST_MS = 0.01;

function histogram() {
  const steps = new Map<number, number>();
  let all = 0;
  return {
    add(milliseconds: number) {
      const step = Math.round(Math.log(Math.max(milliseconds, LEAST_MS) / LEAST_MS) / STEP);
      steps.set(step, (steps.get(step) ?? 0) + 1);
      all += 1;
    },
    percentile(share: number): number | null {
      let below = 0;
      for (const [step, count] of [...steps].sort(([a], [b]) => a - b)) {
        below += count;
        if (below >= share * all) return Math.round(LEAST_MS * Math.exp(step * STEP) * 100) / 100;
      }
      return null;
    },
  };
}

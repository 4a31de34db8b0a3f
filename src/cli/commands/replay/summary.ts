/** Many sends in a few lines: how many of each outcome, how long they took, and which are not like the others. */
import type { PlacedSend } from '../../../conformance/replay/document.ts';

/** Of more sends, a person reads no rows. */
const MOST_ROWS = 20;
const MOST_ODD = 10;
/** One in twenty is seldom. */
const SELDOM = 1 / 20;

/** @param isVerbose whether all sends are wanted, however many they are */
export function areMany(count: number, isVerbose: boolean): boolean {
  return count > MOST_ROWS && !isVerbose;
}

/** `3 sends: 1 provisioned, 2 replayed` */
export function outcomesLine(sends: readonly PlacedSend[]): string {
  const outcomes = [...Map.groupBy(sends, ({ outcome }) => outcome)];
  const counts = outcomes.map(([outcome, { length }]) => `${length} ${outcome}`).join(', ');
  return `${sends.length} ${sends.length === 1 ? 'send' : 'sends'}${counts === '' ? '' : `: ${counts}`}`;
}

/** `p50 3.1 ms, p95 8.0 ms, max 30.1 ms (send 17)`; there must be a send. */
export function latencyLine(sends: readonly PlacedSend[]): string {
  const sorted = sends.toSorted((one, other) => one.answer.milliseconds - other.answer.milliseconds);
  const at = (part: number) => sorted[Math.ceil(sorted.length * part) - 1] as PlacedSend;
  const ms = ({ answer }: PlacedSend) => `${answer.milliseconds.toFixed(1)} ms`;
  return `p50 ${ms(at(0.5))}, p95 ${ms(at(0.95))}, max ${ms(at(1))} (send ${at(1).n})`;
}

export interface OddSends {
  readonly shown: readonly PlacedSend[];
  /** How many more there are. */
  readonly more: number;
}

/** Sends that break a rule, and those whose answers are seldom. */
export function oddSends(sends: readonly PlacedSend[], violating: ReadonlySet<number>): OddSends {
  const kinds = Map.groupBy(sends, ({ answer, outcome }) => `${answer.status} ${outcome} ${answer.reason}`);
  const seldom = new Set(
    kinds
      .values()
      .filter(({ length }) => length <= sends.length * SELDOM)
      .toArray()
      .flat(),
  );
  const [broken, others] = [true, false].map((wanted) =>
    sends.filter((send) => violating.has(send.n) === wanted && (wanted || seldom.has(send))),
  ) as [PlacedSend[], PlacedSend[]];
  const odd = [...broken, ...others];
  return {
    shown: odd.slice(0, MOST_ODD).sort((one, other) => one.n - other.n),
    more: Math.max(0, odd.length - MOST_ODD),
  };
}

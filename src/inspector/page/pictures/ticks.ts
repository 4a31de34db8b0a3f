/** Round numbers and times for axes. */
import { DAY } from '../../../machine/values/time.ts';

const STEPS = [1, 2, 5];

/** From 0 to at least the end, at most so many. */
export function ticks(end: number, most: number): readonly number[] {
  const step = roundStep(end / Math.max(1, most));
  const count = Math.floor(end / step + 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

function roundStep(least: number): number {
  if (!(least > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(least));
  return (STEPS.find((step) => step * power >= least * (1 - 1e-9)) ?? 10) * power;
}

const TIME_STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * 1000),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60_000),
  ...[1, 2, 3, 6, 12, 24, 48, 168].map((hours) => hours * 3_600_000),
];

/** Times between two, at whole seconds, minutes or hours of UTC. Milliseconds since 1970. */
export function timeTicks(from: number, until: number, most: number): readonly number[] {
  const least = (until - from) / Math.max(1, most);
  const step = TIME_STEPS.find((each) => each >= least) ?? Math.ceil(least / 604_800_000) * 604_800_000;
  const first = Math.ceil(from / step) * step;
  const count = Math.max(0, Math.floor((until - first) / step) + 1);
  return Array.from({ length: count }, (_, index) => first + index * step);
}

/** `21:24`, with seconds where the steps are shorter, as a date where they are whole days. */
export function timeLabel(iso: string, step: number): string {
  if (step >= DAY) return iso.slice(5, 10);
  return step < 60_000 ? iso.slice(11, 19) : iso.slice(11, 16);
}

/** Signing keys on a time axis. */
import type { SigningKey } from '../../api-types.ts';
import { timeTicks } from './ticks.ts';

export interface Published {
  readonly bars: readonly { readonly key: SigningKey; readonly x1: number; readonly x2: number }[];
  readonly marks: readonly { readonly x: number; readonly time: number }[];
  readonly step: number;
}

/** Shorter than this the axis would show nothing but the moment of the start. */
const LEAST_SPAN = 60_000;

export function publishedOf(keys: readonly SigningKey[], now: number, width: number): Published {
  const start = Math.min(now - LEAST_SPAN, ...keys.map(({ created_at }) => Date.parse(created_at)));
  const x = (time: number) => (Math.min(1, Math.max(0, (time - start) / (now - start))) || 0) * width;
  const times = timeTicks(start, now, Math.max(1, Math.floor(width / 110)));
  return {
    bars: keys.map((key) => ({
      key,
      x1: x(Date.parse(key.created_at)),
      x2: x(key.retired_at === null ? now : Date.parse(key.retired_at)),
    })),
    marks: times.map((time) => ({ x: x(time), time })),
    step: (times[1] ?? now) - (times[0] ?? start),
  };
}

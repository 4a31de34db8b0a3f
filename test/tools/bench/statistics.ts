/** Medians of rounds, and ratios taken round by round: what the machine does to one side it does to the other. */

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export interface Measured {
  readonly name: string;
  /** What one round gave: milliseconds, requests per second, bytes. */
  readonly values: readonly number[];
}

/** The median of the ratios of rounds that ran side by side. */
export function ratio(measured: readonly number[], baseline: readonly number[]): number {
  return median(measured.map((value, round) => value / (baseline[round] ?? Number.NaN)));
}

/** One value for each name. */
export function forEachName<const N extends string, T>(names: readonly N[], make: (name: N) => T): Record<N, T> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<N, T>;
}

/** A row of the table: a figure beside its baseline, and its target. */
import { type Measured, median, ratio } from './statistics.ts';

export interface Row {
  readonly figure: string;
  readonly baseline: string;
  readonly value: string;
  readonly ratio: number;
  /** Reached when the ratio is at most, or at least, this; absent where a figure is there to compare with. */
  readonly target?: { readonly most: number } | { readonly least: number };
}

export function row(
  figure: string,
  measured: Measured,
  baseline: Measured,
  unit: string,
  target?: NonNullable<Row['target']>,
): Row {
  return {
    figure,
    baseline: baseline.name,
    value: `${format(median(measured.values))} ${unit}`,
    ratio: ratio(measured.values, baseline.values),
    ...(target && { target }),
  };
}

export function format(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toFixed(1);
}

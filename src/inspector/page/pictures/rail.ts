/** The rail beside the list: callbacks of one key on a line, newest on top. */
import type { CallbackRow } from '../../api-types.ts';

/** Lines beside each other; where all are taken, the rows of a further key are dots alone. */
export const MOST_LANES = 4;

export interface RailRow {
  /** Where its mark stands, from the left; a dot that finds no place stands beside all lines. */
  readonly lane: number;
  /** Lanes whose line comes from above, or goes on below. */
  readonly up: readonly number[];
  readonly down: readonly number[];
}

export type Keyed = Pick<CallbackRow, 'idempotency_key' | 'subject' | 'issuer'>;

/** Callbacks of one record have it in common; null where the token was not accepted. */
export function keyOf({ idempotency_key, subject, issuer }: Keyed): string | null {
  return idempotency_key === null ? null : JSON.stringify([issuer, subject, idempotency_key]);
}

interface Line {
  readonly key: string;
  readonly last: number;
}

/** @param rows those near the window */
export function railOf(rows: readonly Keyed[]): readonly RailRow[] {
  const keys = rows.map(keyOf);
  const lasts = new Map(keys.map((key, index) => [key, index] as const));
  const lines: (Line | undefined)[] = [];
  return keys.map((key, index) => {
    const up = lanesOf(lines);
    let lane = lines.findIndex((line) => line !== undefined && line.key === key);
    if (lane < 0) {
      lane = freeLane(lines);
      const last = lasts.get(key) ?? index;
      if (key !== null && last > index && lane < MOST_LANES) lines[lane] = { key, last };
    }
    lines.forEach((line, at) => {
      if (line !== undefined && line.last <= index) lines[at] = undefined;
    });
    return { lane, up, down: lanesOf(lines) };
  });
}

function lanesOf(lines: readonly (Line | undefined)[]): readonly number[] {
  return lines.flatMap((line, lane) => (line === undefined ? [] : [lane]));
}

function freeLane(lines: readonly (Line | undefined)[]): number {
  const free = Array.from({ length: MOST_LANES }, (_, lane) => lane).find((lane) => lines[lane] === undefined);
  return free ?? MOST_LANES;
}

/** A time axis on which long idle times are folded. */

export interface Interval {
  readonly from: number;
  readonly until: number;
}

interface Piece extends Interval {
  readonly x1: number;
  readonly x2: number;
}

export interface FoldedAxis {
  readonly pieces: readonly Piece[];
  /** Idle times, in order; between two pieces each. */
  readonly folds: readonly Piece[];
  /** Rises with time; what lies outside is at the edge. */
  readonly xOf: (time: number) => number;
}

const FOLD_WIDTH = 24;
/** What all folds together take at most. */
const MOST_OF_WIDTH = 0.3;

interface AxisOptions {
  readonly width: number;
  /** Idle times that are longer are folded. */
  readonly longest: number;
  /** Room around what happened, as a part of what is shown. */
  readonly margin?: number;
}

/** @param busy when something happened; at least one */
export function foldedAxis(busy: readonly Interval[], { width, longest, margin = 0.04 }: AxisOptions): FoldedAxis {
  const runs = runsOf(busy, longest);
  const shown = runs.reduce((sum, { from, until }) => sum + (until - from), 0);
  const idle = runs.slice(1).map((run, index) => run.from - (runs[index]?.until ?? run.from));
  const around = Math.min(Math.max(shown, 1e-9) * margin, Math.min(...idle) / 3 || Number.POSITIVE_INFINITY);
  const wide = runs.map(({ from, until }) => ({ from: from - around, until: until + around }));
  const foldWidth = Math.min(FOLD_WIDTH, (width * MOST_OF_WIDTH) / Math.max(1, wide.length - 1));
  const total = wide.reduce((sum, { from, until }) => sum + (until - from), 0);
  const scale = (width - foldWidth * (wide.length - 1)) / total;
  let x = 0;
  const pieces = wide.map((run, index) => {
    if (index > 0) x += foldWidth;
    const x1 = x;
    x += (run.until - run.from) * scale;
    return { ...run, x1, x2: x };
  });
  const folds = pieces.slice(1).map((piece, index) => {
    const before = pieces[index] ?? piece;
    return { from: before.until, until: piece.from, x1: before.x2, x2: piece.x1 };
  });
  const all = [...pieces, ...folds].sort((a, b) => a.x1 - b.x1);
  return { pieces, folds, xOf: (time) => Math.min(width, Math.max(0, position(all, time))) };
}

/** Busy times, joined over idle times that are short enough. */
function runsOf(busy: readonly Interval[], longest: number): readonly Interval[] {
  const runs: Interval[] = [];
  for (const { from, until } of [...busy].sort((a, b) => a.from - b.from)) {
    const last = runs.at(-1);
    if (last !== undefined && from - last.until <= longest)
      runs[runs.length - 1] = { from: last.from, until: Math.max(last.until, until) };
    else runs.push({ from, until });
  }
  return runs;
}

function position(all: readonly Piece[], time: number): number {
  const piece = all.findLast(({ from }) => from <= time) ?? all[0];
  if (piece === undefined) return 0;
  const { from, until, x1, x2 } = piece;
  return x1 + (Math.min(1, Math.max(0, (time - from) / (until - from))) || 0) * (x2 - x1);
}

/** Bars over the list: how many callbacks of each outcome came when. */
import type { CountersAnswer, Outcome } from '../../api-types.ts';
import { OUTCOMES } from '../parts/outcomes.ts';

export interface Bar {
  readonly x: number;
  readonly width: number;
  readonly from: string;
  /** From the bottom to the top. */
  readonly parts: readonly { readonly outcome: Outcome; readonly y: number; readonly height: number }[];
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Less than this cannot be seen. */
const LEAST_HEIGHT = 2;
/** The best outcomes lie at the bottom. */
const ORDER: readonly Outcome[] = OUTCOMES;

export function timeBars(bins: CountersAnswer['bins'], { width, height }: Size): readonly Bar[] {
  const step = width / Math.max(1, bins.length);
  const sums = bins.map(({ counts }) => ORDER.reduce((sum, outcome) => sum + (counts[outcome] ?? 0), 0));
  const most = Math.max(1, ...sums);
  return bins.map(({ from, counts }, index) => {
    const present = ORDER.filter((outcome) => (counts[outcome] ?? 0) > 0);
    const raw = present.map((outcome) => Math.max(LEAST_HEIGHT, ((counts[outcome] ?? 0) / most) * height));
    const total = raw.reduce((sum, each) => sum + each, 0);
    const scale = total > height ? height / total : 1;
    let y = height;
    const parts = present.map((outcome, at) => {
      const part = (raw[at] ?? 0) * scale;
      y -= part;
      return { outcome, y: Math.max(0, y), height: part };
    });
    return { x: index * step, width: Math.max(0.5, step - Math.min(2, step / 4)), from, parts };
  });
}

/** The bins that a drag covers, as times. @returns undefined for a drag over none */
export function chosenRange(
  answer: Pick<CountersAnswer, 'bins' | 'until'>,
  start: number,
  end: number,
  width: number,
): { readonly since: string; readonly until: string } | undefined {
  const { bins, until } = answer;
  const binAt = (x: number) => Math.min(bins.length - 1, Math.max(0, Math.floor((x / width) * bins.length)));
  const [low, high] = [binAt(Math.min(start, end)), binAt(Math.max(start, end))];
  const since = bins[low]?.from;
  return since === undefined ? undefined : { since, until: bins[high + 1]?.from ?? until };
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldedAxis } from '../../../src/inspector/page/pictures/folded-axis.ts';
import { runs } from '../../support/property-runs.ts';

const at = (...times: number[]) => times.map((time) => ({ from: time, until: time }));
const busy = fc.array(
  fc.tuple(fc.nat(1_000_000), fc.nat(5000)).map(([from, long]) => ({ from, until: from + long })),
  { minLength: 1, maxLength: 40 },
);

describe('a folded axis', () => {
  test('folds idle times that are longer than what is asked for, and says how long each is', () => {
    const { pieces, folds } = foldedAxis(at(0, 10, 1000, 1010), { width: 400, longest: 100, margin: 0 });
    expect(pieces.map(({ from, until }) => [from, until])).toEqual([
      [0, 10],
      [1000, 1010],
    ]);
    expect(folds.map(({ from, until, x1, x2 }) => [from, until, x2 - x1])).toEqual([[10, 1000, 24]]);
  });

  test('shows a single moment', () => {
    const { pieces, xOf } = foldedAxis(at(5), { width: 300, longest: 1 });
    expect(pieces).toHaveLength(1);
    expect(xOf(5)).toBeCloseTo(150);
  });

  test('rises with time, hides no event in a fold, and stays inside the picture', () => {
    fc.assert(
      fc.property(
        busy,
        fc.integer({ min: 1, max: 500_000 }),
        fc.integer({ min: 200, max: 2000 }),
        (given, longest, width) => {
          const { pieces, folds, xOf } = foldedAxis(given, { width, longest });
          const edges = given.flatMap(({ from, until }) => [from, until]).sort((a, b) => a - b);
          edges.forEach((time, index) => {
            const x = xOf(time);
            expect(x).toBeGreaterThanOrEqual(index === 0 ? 0 : xOf(edges[index - 1] ?? 0) - 1e-9);
            expect(x).toBeLessThanOrEqual(width);
            expect(pieces.some(({ from, until }) => from <= time && time <= until)).toBe(true);
          });
          for (const { from, until } of folds) expect(until).toBeGreaterThanOrEqual(from);
          pieces.forEach(({ x1, x2 }, index) => {
            expect(x2).toBeGreaterThanOrEqual(x1);
            if (index > 0) expect(x1).toBeGreaterThanOrEqual(pieces[index - 1]?.x2 ?? 0);
          });
          expect(pieces.at(-1)?.x2).toBeCloseTo(width, 3);
        },
      ),
      runs(200),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { placedSegments, segmentsOf } from '../../../src/inspector/page/pictures/segments.ts';
import { runs } from '../../support/property-runs.ts';
import { spans } from './rows.ts';

describe('segments of a callback', () => {
  test('show what lies inside a longer part, and the longer part on both sides of it', () => {
    const found = segmentsOf([
      { name: 'verify', start_us: 10, duration_us: 90 },
      { name: 'keys.fetch', start_us: 40, duration_us: 20 },
      { name: 'send', start_us: 120, duration_us: 5 },
      { name: 'of a newer version', start_us: 0, duration_us: 500 },
    ]);
    expect(found.map(({ kind, start, end }) => [kind, start, end])).toEqual([
      ['verify', 10, 40],
      ['keys', 40, 60],
      ['verify', 60, 100],
      ['send', 120, 125],
    ]);
  });

  test('never overlap, and cover each moment of which some span tells', () => {
    fc.assert(
      fc.property(spans, (given) => {
        const found = segmentsOf(given);
        found.forEach(({ start, end }, index) => {
          expect(end).toBeGreaterThan(start);
          expect(start).toBeGreaterThanOrEqual(found[index - 1]?.end ?? 0);
        });
        for (const { start_us, duration_us } of given.filter((span) => span.duration_us > 0)) {
          const middle = start_us + duration_us / 2;
          expect(found.some(({ start, end }) => start <= middle && middle <= end)).toBe(true);
        }
      }),
      runs(100),
    );
  });

  test('fill a bar from left to right, each wide enough to be seen, their words beside each other', () => {
    fc.assert(
      fc.property(spans, fc.integer({ min: 200, max: 1400 }), (given, width) => {
        const placed = placedSegments(segmentsOf(given), width);
        let [edge, word] = [0, 0];
        for (const { x, width: wide, label } of placed) {
          expect(x).toBeGreaterThanOrEqual(edge - 1e-6);
          expect(wide).toBeGreaterThanOrEqual(2);
          edge = x + wide;
          if (label === null) continue;
          expect(x).toBeGreaterThanOrEqual(word);
          word = x + label.length * 5.7;
        }
        expect(Math.max(edge, word)).toBeLessThanOrEqual(width + 1e-6);
      }),
      runs(100),
    );
  });
});

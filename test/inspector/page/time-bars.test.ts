import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ticks, timeLabel, timeTicks } from '../../../src/inspector/page/pictures/ticks.ts';
import { chosenRange, timeBars } from '../../../src/inspector/page/pictures/time-bars.ts';
import { runs } from '../../support/property-runs.ts';
import { outcomes } from './rows.ts';

const bins = fc.array(
  fc.record({ from: fc.constant('2026-11-25T21:24:00.000Z'), counts: fc.dictionary(outcomes, fc.nat(100_000)) }),
  { maxLength: 240 },
);

describe('time bars', () => {
  test('stand beside each other, inside the picture, with a part for each outcome that came', () => {
    fc.assert(
      fc.property(bins, fc.integer({ min: 50, max: 2000 }), (given, width) => {
        const bars = timeBars(given, { width, height: 24 });
        bars.forEach(({ x, width: wide, parts }, index) => {
          expect(x + wide).toBeLessThanOrEqual((bars[index + 1]?.x ?? width) + 1e-6);
          const counts = Object.entries(given[index]?.counts ?? {}).filter(([, count]) => count > 0);
          expect(parts.map(({ outcome }) => outcome).sort()).toEqual(counts.map(([outcome]) => outcome).sort());
          let top = 24;
          for (const part of parts) {
            expect(part.height).toBeGreaterThan(0);
            expect(part.y + part.height).toBeCloseTo(top, 6);
            top = part.y;
          }
          expect(top).toBeGreaterThanOrEqual(0);
        });
      }),
      runs(100),
    );
  });

  test('make a drag from right to left the same range as one from left to right', () => {
    const answer = {
      until: '2026-11-25T21:03:00.000Z',
      bins: [0, 1, 2].map((minute) => ({ from: `2026-11-25T21:0${minute}:00.000Z`, counts: {} })),
    };
    const range = { since: '2026-11-25T21:01:00.000Z', until: answer.until };
    expect(chosenRange(answer, 110, 299, 300)).toEqual(range);
    expect(chosenRange(answer, 299, 110, 300)).toEqual(range);
    expect(chosenRange(answer, -50, 20, 300)).toEqual({ since: answer.bins[0]?.from, until: answer.bins[1]?.from });
    expect(chosenRange({ ...answer, bins: [] }, 0, 10, 300)).toBeUndefined();
  });
});

describe('axes', () => {
  test('have round numbers, rising, at most so many', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e9, noNaN: true }), fc.integer({ min: 1, max: 12 }), (end, most) => {
        const found = ticks(end, most);
        expect(found[0]).toBe(0);
        expect(found.length).toBeLessThanOrEqual(most + 1);
        expect(found).toEqual([...found].sort((a, b) => a - b));
        expect(found.at(-1)).toBeLessThanOrEqual(end * (1 + 1e-6));
      }),
      runs(100),
    );
    expect(ticks(100, 5)).toEqual([0, 20, 40, 60, 80, 100]);
  });

  test('have whole minutes and hours between two times', () => {
    const [from, until] = ['2026-11-25T21:09:41.000Z', '2026-11-25T21:24:41.000Z'].map((iso) => Date.parse(iso));
    expect(timeTicks(from as number, until as number, 3).map((time) => new Date(time).toISOString())).toEqual([
      '2026-11-25T21:10:00.000Z',
      '2026-11-25T21:15:00.000Z',
      '2026-11-25T21:20:00.000Z',
    ]);
    fc.assert(
      fc.property(
        fc.nat(2e12),
        fc.integer({ min: 1, max: 3e10 }),
        fc.integer({ min: 1, max: 20 }),
        (start, long, most) => {
          const times = timeTicks(start, start + long, most);
          expect(times.length).toBeLessThanOrEqual(most + 1);
          for (const time of times) expect(time >= start && time <= start + long).toBe(true);
        },
      ),
    );
  });

  test('write as much of a time as their steps need', () => {
    const iso = '2026-11-25T21:24:07.912Z';
    expect([1000, 60_000, 86_400_000].map((step) => timeLabel(iso, step))).toEqual(['21:24:07', '21:24', '11-25']);
  });
});

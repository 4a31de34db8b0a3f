import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyOf, MOST_LANES, railOf } from '../../../src/inspector/page/pictures/rail.ts';
import { runs } from '../../support/property-runs.ts';
import { keyed, row } from './rows.ts';

const keys = (...names: (string | null)[]) => names.map((name) => row({ idempotency_key: name }));

describe('the rail', () => {
  test('draws callbacks of one key on a line, and a row that is alone as a dot', () => {
    expect(railOf(keys('a', 'a', null))).toEqual([
      { lane: 0, up: [], down: [0] },
      { lane: 0, up: [0], down: [] },
      { lane: 0, up: [], down: [] },
    ]);
  });

  test('moves a key that begins inside another one to the next lane, and a dot beside the line', () => {
    expect(railOf(keys('a', 'b', null, 'a', 'b')).map(({ lane }) => lane)).toEqual([0, 1, 2, 0, 1]);
  });

  test('tells the same key of two users apart', () => {
    const [one, other] = [row(), row({ subject: 'user_other' })];
    expect(railOf([one, other, one]).map(({ lane }) => lane)).toEqual([0, 1, 0]);
  });

  test('leaves a fifth key that overlaps as dots beside all lines', () => {
    const rail = railOf(keys('a', 'b', 'c', 'd', 'e', 'e', 'd', 'c', 'b', 'a'));
    expect(rail[4]).toEqual({ lane: MOST_LANES, up: [0, 1, 2, 3], down: [0, 1, 2, 3] });
  });

  test('has a line between two marks only where both are of one key', () => {
    fc.assert(
      fc.property(keyed, (rows) => {
        const rail = railOf(rows);
        expect(rail).toHaveLength(rows.length);
        rail.forEach(({ lane, up, down }, index) => {
          // What leaves a row at its lower edge enters the next one.
          expect(rail[index + 1]?.up ?? []).toEqual(down);
          expect(Math.max(-1, ...up, ...down)).toBeLessThan(MOST_LANES);
          if (up.includes(lane)) expect(aboveOn(rail, rows, index, lane)).toBe(keyOf(rows[index] as (typeof rows)[0]));
        });
      }),
      runs(100),
    );
  });
});

/** The key of the nearest mark above on that lane. */
function aboveOn(
  rail: ReturnType<typeof railOf>,
  rows: readonly Parameters<typeof keyOf>[0][],
  index: number,
  lane: number,
) {
  const at = rail.slice(0, index).findLastIndex((each) => each.lane === lane);
  const found = rows[at];
  return found === undefined ? undefined : keyOf(found);
}

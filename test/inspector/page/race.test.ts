import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CallbackWithDetail } from '../../../src/inspector/api-types.ts';
import { type RaceLane, raceOf } from '../../../src/inspector/page/pictures/race.ts';
import { runs } from '../../support/property-runs.ts';
import { detail, outcomes, row, spans } from './rows.ts';

const answer = (sha256: string) => ({ bytes: 713, sha256, headers: {}, text: null });

/** A leader that commits after 67 ms, and followers that wait for it. */
function burst(count: number): CallbackWithDetail[] {
  return Array.from({ length: count }, (_, index) => {
    const common = { started_us: index * 100, answer: answer('same') };
    const leads = index === 0;
    return {
      ...row({ id: index, request_id: `req_${index}`, outcome: leads ? 'provisioned' : 'replayed', milliseconds: 70 }),
      detail: detail(
        leads
          ? { ...common, spans: [{ name: 'transaction', start_us: 50_000, duration_us: 17_000 }] }
          : {
              ...common,
              leader: 'req_0',
              spans: [{ name: 'wait', start_us: 1000, duration_us: 66_000 - index * 100 }],
            },
      ),
    };
  });
}

const lanesOf = (callbacks: CallbackWithDetail[], width = 800) =>
  raceOf(callbacks, width).lanes.filter((each): each is RaceLane => each.kind === 'lane');

describe('the race of a key', () => {
  test('draws 64 at once as one leader and 63 that waited, which end on its commit', () => {
    const { lanes, commit } = raceOf(burst(64), 800);
    expect(lanes.map((each) => (each.kind === 'fold' ? each.count : 'lane')).filter((each) => each !== 'lane')).toEqual(
      [34],
    );
    const drawn = lanesOf(burst(64));
    expect(drawn.map(({ note }) => note).slice(0, 3)).toEqual([
      'the leader: it committed',
      'waited for #1',
      'waited for #1',
    ]);
    expect(drawn.map(({ same }) => same)).toEqual(drawn.map(() => true));
    for (const { waitedUntil } of drawn.slice(1)) expect(waitedUntil).toBeCloseTo(commit?.x ?? 0, 0);
  });

  test('leaves out no callback whose bytes differ, however many there are', () => {
    const callbacks = burst(200);
    const odd = callbacks[77] as CallbackWithDetail;
    callbacks[77] = { ...odd, detail: detail({ ...odd.detail, answer: answer('another') }) };
    const { lanes } = raceOf(callbacks, 800);
    expect(lanes.map((each) => (each.kind === 'fold' ? each.count : each.number)).slice(20, 23)).toEqual([57, 78, 112]);
    expect(
      lanesOf(callbacks)
        .filter(({ same }) => same === false)
        .map(({ number }) => number),
    ).toEqual([78]);
  });

  test('names another process, and counts callbacks without details', () => {
    const [first, second, third] = burst(3) as [CallbackWithDetail, CallbackWithDetail, CallbackWithDetail];
    const elsewhere = { ...second, detail: detail({ ...second.detail, process: 2, leader: null }) };
    const race = raceOf([first, elsewhere, { ...third, detail: null }], 800);
    expect(race.unknown).toBe(1);
    expect(lanesOf([first, elsewhere]).map(({ note }) => note)).toEqual([
      'the leader: it committed',
      'waited for another one · process 2',
    ]);
    expect(raceOf([], 800)).toMatchObject({ lanes: [], commit: null, unknown: 0 });
  });

  test('has each callback once, its segments beside each other, and x that grows with time', () => {
    const callbacks = fc.array(
      fc
        .record({ outcome: outcomes, given: spans, started_us: fc.nat(10_000_000), sha256: fc.constantFrom('a', 'b') })
        .map(({ outcome, given, started_us, sha256 }) => ({
          outcome,
          detail: detail({ spans: given, started_us, answer: answer(sha256) }),
        })),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(callbacks, fc.integer({ min: 260, max: 1600 }), (given, width) => {
        const all = given.map((each, index) => ({ ...row({ id: index, request_id: `req_${index}` }), ...each }));
        const { lanes, height } = raceOf(all, width);
        const counted = lanes.reduce((sum, each) => sum + (each.kind === 'fold' ? each.count : 1), 0);
        expect(counted).toBe(all.length);
        const drawn = lanesOf(all, width);
        expect(new Set(drawn.map(({ callback }) => callback.id)).size).toBe(drawn.length);
        for (const { segments, y, end } of drawn) {
          expect(y).toBeLessThan(height);
          let edge = 0;
          for (const { x1, x2 } of segments) {
            expect(x1).toBeGreaterThanOrEqual(edge - 1e-6);
            expect(x2).toBeGreaterThanOrEqual(x1);
            edge = x2;
          }
          expect(Math.max(edge, end)).toBeLessThanOrEqual(width + 1e-6);
        }
      }),
      runs(100),
    );
  });
});

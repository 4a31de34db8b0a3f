import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sequenceOf } from '../../../src/inspector/page/pictures/sequence.ts';
import { stepsOf } from '../../../src/inspector/page/pictures/steps.ts';
import { runs } from '../../support/property-runs.ts';
import { detail, outcomes, row, spans } from './rows.ts';

const checks = [
  { name: 'key', result: 'passed' },
  { name: 'signature', result: 'passed' },
] as const;
const texts = (...given: Parameters<typeof stepsOf>) => stepsOf(...given).map(({ text }) => text);
const asked = (...given: Parameters<typeof stepsOf>) =>
  sequenceOf(stepsOf(...given), 430)
    .lanes.filter((lane) => lane.asked)
    .map(({ lane }) => lane);

describe('the sequence of a callback', () => {
  test('asks no other server for a refused token whose key was in memory', () => {
    const refused = row({ status: 401, outcome: 'refused', reason: 'issuer_mismatch' });
    const given = detail({ checks: [...checks, { name: 'issuer', result: 'failed' }], header: { kid: 'key_1' } });
    expect(texts(refused, given)).toEqual([
      'POST callback',
      'key key_1 was in memory',
      'signature ✓',
      'issuer: refused',
      '401 issuer_mismatch',
    ]);
    expect(asked(refused, given)).toEqual(['client', 'API']);
  });

  test('shows a key that was fetched, the user, and the commit', () => {
    const given = detail({
      checks,
      spans: [
        { name: 'keys.fetch', start_us: 10, duration_us: 300 },
        { name: 'user', start_us: 400, duration_us: 1500 },
        { name: 'transaction', start_us: 2000, duration_us: 4000 },
      ],
    });
    expect(texts(row({ outcome: 'provisioned' }), given)).toEqual([
      ...['POST callback', 'key', '0.30 ms', 'signature ✓', 'user?', '1.5 ms'],
      ...['transaction', 'committed, 4.0 ms', '200 provisioned'],
    ]);
    expect(asked(row(), given)).toEqual(['client', 'API', 'JWKS', 'WorkOS', 'store']);
  });

  test('names the callback that a follower waited for, and a token that was accepted before', () => {
    const given = detail({
      verification: 'remembered',
      leader: 'req_leader',
      spans: [{ name: 'wait', start_us: 0, duration_us: 48_000 }],
    });
    expect(texts(row({ outcome: 'replayed' }), given)).toEqual([
      ...['POST callback', 'token accepted before', 'waited 48.0 ms for req_leader', '200 replayed'],
    ]);
  });

  test('goes downwards, its texts inside the picture, and a lane that was not asked is dotted', () => {
    fc.assert(
      fc.property(spans, outcomes, fc.integer({ min: 360, max: 900 }), (given, outcome, width) => {
        const steps = stepsOf(row({ outcome }), detail({ spans: given, checks }));
        const { lanes, steps: placed, height } = sequenceOf(steps, width);
        expect(placed).toHaveLength(steps.length);
        placed.forEach(({ y, x1, x2, text, step }, index) => {
          expect(y).toBeGreaterThan(placed[index - 1]?.y ?? 0);
          expect(y).toBeLessThanOrEqual(height);
          expect(Math.min(x1, x2)).toBeGreaterThanOrEqual(0);
          expect(Math.max(x1, x2)).toBeLessThanOrEqual(width);
          expect(text.length * 5.8).toBeLessThanOrEqual(Math.abs(x2 - x1) + 5.8);
          if (step.kind !== 'note') expect(lanes.find(({ lane }) => lane === step.to)?.asked).toBe(true);
        });
      }),
      runs(100),
    );
  });
});

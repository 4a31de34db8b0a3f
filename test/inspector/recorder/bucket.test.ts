import { expect, test } from 'vitest';
import { openBucket } from '../../../src/inspector/recorder/bucket.ts';

test('lets 256 through at once, and then 50 a second, however long it was quiet', () => {
  let now = 0;
  const take = openBucket(256, 50, () => now);
  const taken = (tries: number) => Array.from({ length: tries }, take).filter(Boolean).length;
  expect(taken(400)).toBe(256);
  now += 1000;
  expect(taken(400)).toBe(50);
  now += 10;
  expect(taken(1)).toBe(0);
  now += 10;
  expect(taken(2)).toBe(1);
  now += 3_600_000;
  expect(taken(400)).toBe(256);
});

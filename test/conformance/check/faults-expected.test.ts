import { expect, test } from 'vitest';
import { unknownRecommendations } from '../../../src/conformance/check/invariants/faults-expected.ts';

test('every fault that is only recommended is in the table of faults', () => {
  expect(unknownRecommendations()).toEqual([]);
});

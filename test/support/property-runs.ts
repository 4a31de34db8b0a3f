/** Of the examples that `npm test` tries. Any number does; a new one means new examples. */
const SEED = 20_261_126;

/**
 * How often a property is tried, and on which examples: `npm test` tries the same `usual` ones every time, so that a
 * change alone decides whether it passes. `npm run test:long` looks for new ones: `PROPERTY_RUNS` is a factor, and each
 * run has a seed of its own, which a failure names. `PROPERTY_SEED` repeats it.
 */
export function runs(usual: number): { readonly numRuns: number; readonly seed?: number } {
  const { PROPERTY_RUNS, PROPERTY_SEED } = process.env;
  const factor = Number(PROPERTY_RUNS ?? 1);
  if (!(factor > 0)) throw new RangeError('PROPERTY_RUNS must be a factor, such as 10');
  const seed = PROPERTY_SEED === undefined ? SEED : Number(PROPERTY_SEED);
  if (!Number.isInteger(seed)) throw new RangeError('PROPERTY_SEED must be the seed that a failure named');
  const numRuns = Math.ceil(usual * factor);
  return PROPERTY_RUNS !== undefined && PROPERTY_SEED === undefined ? { numRuns } : { numRuns, seed };
}

/**
 * How often a property is tried: `usual` times in every run of the tests, and more often with `PROPERTY_RUNS`, which
 * is a factor. `npm run test:long` sets it.
 */
export function runs(usual: number): { readonly numRuns: number } {
  const factor = Number(process.env.PROPERTY_RUNS ?? 1);
  if (!(factor > 0)) throw new RangeError('PROPERTY_RUNS is a factor, such as 10');
  return { numRuns: Math.ceil(usual * factor) };
}

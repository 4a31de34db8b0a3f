/** `npm run test:long` tries every point and the full numbers; every other run a sample that fits into a minute. */
export const LONG = process.env.TEST_LENGTH === 'long';

/** All of 1 to `total`, or up to `most` of them at equal distances, the first and the last included. */
export function sample(total: number, most: number): number[] {
  if (LONG || total <= most) return Array.from({ length: total }, (_, index) => index + 1);
  return Array.from({ length: most }, (_, index) => 1 + Math.round((index * (total - 1)) / (most - 1)));
}

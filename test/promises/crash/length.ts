/** `npm run test:long` tries every point and the full numbers; every other run a sample that fits into a minute. */
export const LONG = process.env.TEST_LENGTH === 'long';

/** On the second Node, `npm run test:node26`: what takes minutes has been shown on the first. */
export const SHORT = process.env.TEST_LENGTH === 'short';

/** All of 1 to `total`, or `most` of them at equal distances, the first and the last included. */
export function sample(total: number, most: number): number[] {
  if (total <= most) return Array.from({ length: total }, (_, index) => index + 1);
  return Array.from({ length: most }, (_, index) => 1 + Math.round((index * (total - 1)) / (most - 1)));
}

/** Does the work for each point, three at a time. @throws what the first failing one throws, once its neighbours ended */
export async function eachPoint(points: readonly number[], work: (point: number) => Promise<void>): Promise<void> {
  const waiting = points.values();
  const lane = async () => {
    for (const point of waiting) await work(point);
  };
  const lanes = await Promise.allSettled([lane(), lane(), lane()]);
  for (const each of lanes) if (each.status === 'rejected') throw each.reason;
}

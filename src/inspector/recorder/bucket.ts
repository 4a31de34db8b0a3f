/** A token bucket: so many at once, and so many a second. */
export function openBucket(capacity: number, perSecond: number, clock: () => number): () => boolean {
  let left = capacity;
  let at = clock();
  return () => {
    const now = clock();
    left = Math.min(capacity, left + ((now - at) / 1000) * perSecond);
    at = now;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}

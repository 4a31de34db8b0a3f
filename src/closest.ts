/** "Did you mean": the nearest of some names. */
import { distance, closest as nearest } from 'fastest-levenshtein';

/** ` (did you mean x?)` for a name that is nearly one of them, else nothing. */
export function closest(given: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const best = nearest(given, names);
  return distance(given, best) <= Math.max(1, Math.floor(best.length / 3)) ? ` (did you mean ${best}?)` : '';
}

/** "Did you mean": the nearest of some names. */
import { distance, closest as nearest } from 'fastest-levenshtein';

/** ` (did you mean x?)` for a name that is close to one of them, or their beginning; otherwise empty. Two swapped letters count as two errors. */
export function closest(given: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const best = nearest(given, names);
  if (distance(given, best) <= Math.max(1, Math.floor((best.length + 1) / 3))) return ` (did you mean ${best}?)`;
  const begun = given.length < SHORTEST_BEGINNING ? [] : names.filter((name) => name.startsWith(given));
  return begun.length === 0 ? '' : ` (did you mean ${begun.slice(0, MOST_BEGUN).join(', ')}?)`;
}

const SHORTEST_BEGINNING = 3;
const MOST_BEGUN = 3;

/** The nearest names, nearest first, without names that are too different. The domain of an address is not compared. */
export function nearestNames(given: string, names: readonly string[], most: number): readonly string[] {
  const wanted = given.toLowerCase();
  return [...new Set(names)]
    .map((name) => ({ name, far: distance(wanted, name.toLowerCase()) }))
    .filter(({ name, far }) => far <= Math.max(2, Math.floor((name.split('@')[0] ?? '').length / 3)))
    .sort((one, other) => one.far - other.far)
    .slice(0, most)
    .map(({ name }) => name);
}

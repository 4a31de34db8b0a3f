/** Times as this program writes them; `instant.ts` and `duration.ts` read those of people. */

/** Milliseconds since 1970, like all times that are not named as seconds. */
export const DAY = 86_400_000;

/** 9999-12-31T23:59:59Z in seconds. A larger number has no four-digit year, and is usually milliseconds. */
export const LAST_SECOND = 253_402_300_799;

const UNITS = [
  ['d', DAY],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** `2026-01-31T12:00:00.000Z`. @param time milliseconds since 1970, until the end of 9999 */
export function isoTime(time: number): string {
  return new Date(time).toISOString();
}

/** The same for a NumericDate, which counts seconds (RFC 7519 section 2). */
export function isoDate(seconds: number): string {
  return isoTime(seconds * 1000);
}

/** `2026-01-31 12:00:00Z`: sortable, and short enough for a table. */
export function moment(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')}Z`;
}

/** `3 h ago`, `in 5 min`. @param now milliseconds since 1970 */
export function relative(iso: string, now: number): string {
  const difference = Date.parse(iso) - now;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(difference) >= size) ?? ['', 1];
  if (unit === '') return 'just now';
  const count = difference / size;
  // A record of 24 hours that was made a moment ago lasts 24 hours, and not 23.
  return count > 0 ? `in ${Math.round(count)} ${unit}` : `${Math.floor(-count)} ${unit} ago`;
}

/** A number of seconds in its two largest units: `3 h 12 min`, `45 s`. */
export function span(seconds: number): string {
  let rest = Math.max(0, Math.round(seconds)) * 1000;
  const parts: string[] = [];
  for (const [name, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${name}`);
  }
  return parts.slice(0, 2).join(' ') || 'less than a second';
}

/** Times as people read them, and as they ask for them. */
import ms, { type StringValue } from 'ms';
import { Failure } from '../../errors.ts';
import { instant } from '../arguments.ts';

/** `2026-01-31 12:00:00Z`: sorts, and fits a table. */
export function moment(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')}Z`;
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** `3 h ago`, `in 5 min`. @param now milliseconds since 1970 */
export function relative(iso: string, now: number): string {
  const difference = Date.parse(iso) - now;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(difference) >= size) ?? ['', 1];
  if (unit === '') return 'just now';
  const amount = `${Math.floor(Math.abs(difference) / size)} ${unit}`;
  return difference > 0 ? `in ${amount}` : `${amount} ago`;
}

/** @returns milliseconds since 1970. @throws Failure invalid_argument */
export function since(text: string, now: number): number {
  if (/^\d+(?:\.\d+)?(?:ms|s|m|h|d|w)$/.test(text)) return Math.max(0, now - ms(text as StringValue));
  if (/^\d{4}-\d\d-\d\d|^\d{5,12}$/.test(text)) return instant('--since')(text) * 1000;
  throw new Failure(
    'invalid_argument',
    `--since: ${JSON.stringify(text)} is not a time; accepted: 10m, 24h, 7d, 2026-01-31, 2026-01-31T12:00:00Z, or seconds since 1970`,
  );
}

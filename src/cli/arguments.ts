/** Reading the values of flags that are no settings. */
import { Failure } from '../errors.ts';

/** A whole number from 1. */
export function count(flag: string, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(number >= 1 && number <= most))
      throw new Failure('invalid_argument', `${flag}: ${JSON.stringify(text)} is not accepted; accepted: 1 to ${most}`);
    return number;
  };
}

/** Seconds since 1970. */
export function instant(flag: string): (text: string) => number {
  return (text) => {
    const seconds = /^\d{1,12}$/.test(text) ? Number(text) : Date.parse(text) / 1000;
    if (!/^\d{4,}/.test(text) || !Number.isFinite(seconds)) {
      throw new Failure(
        'invalid_argument',
        `${flag}: ${JSON.stringify(text)} is not a time; accepted: 2026-01-31T12:00:00Z, or seconds since 1970`,
      );
    }
    return Math.floor(seconds);
  };
}

/** Reading the values of flags that are no settings. */
import { Failure } from '../errors.ts';
import { seconds } from '../setting-values.ts';

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
    const isDate = /^\d{4}-\d\d-\d\d/.test(text);
    const seconds = isDate ? Date.parse(text) / 1000 : /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isNaN(seconds)) {
      throw new Failure(
        'invalid_argument',
        `${flag}: ${JSON.stringify(text)} is not a time; accepted: 2026-01-31T12:00:00Z, or seconds since 1970`,
      );
    }
    return Math.floor(seconds);
  };
}

const YEAR = 31_536_000;

/** Whole seconds, as tokens count them, from `300`, `5m` or `24h`; `-1m` lies in the past. */
export function lifetime(flag: string): (text: string) => number {
  const fail = (given: string) =>
    new Failure(
      'invalid_argument',
      `${flag}: ${JSON.stringify(given)} is not a lifetime; accepted: -365d to 365d in whole seconds, such as 30s, 5m, -1m`,
    );
  return (text) => {
    const amount = seconds(YEAR)(text.replace(/^-/, ''), () => fail(text));
    return text.startsWith('-') ? -amount : amount;
  };
}

/** Query parameters, read strictly: a refusal names the parameter and what is accepted. */
import { dateTime } from '../../machine/values/instant.ts';
import { DAY } from '../../machine/values/time.ts';
import { Refusal } from '../web/refusal.ts';

export const MOST_ROWS = 200;
const USUAL_ROWS = 100;

const MS = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: DAY } as const;

export interface Query {
  text(name: string): string | undefined;
  /** A whole number. */
  number(name: string, range: { readonly least: number; readonly most: number; readonly usual: number }): number;
  limit(): number;
  /** Milliseconds since 1970, of a time or of how long ago. */
  time(name: string): number | undefined;
  /** Values with commas between them. */
  list(name: string, accepted?: readonly string[]): readonly string[] | undefined;
}

export function invalid(message: string): Refusal {
  return new Refusal(400, 'invalid_request', message);
}

export function queryOf({ searchParams }: URL, now: number): Query {
  const text = (name: string) => {
    const values = searchParams.getAll(name);
    if (values.length > 1) throw invalid(`${name} must be given once`);
    return values[0];
  };
  const number: Query['number'] = (name, { least, most, usual }) => {
    const given = text(name);
    if (given === undefined) return usual;
    const value = /^\d{1,15}$/.test(given) ? Number(given) : Number.NaN;
    if (!(value >= least && value <= most)) throw invalid(`${name} must be a number from ${least} to ${most}`);
    return value;
  };
  return {
    text,
    number,
    limit: () => number('limit', { least: 1, most: MOST_ROWS, usual: USUAL_ROWS }),
    time(name) {
      const given = text(name);
      if (given === undefined) return undefined;
      const [, amount, unit] = /^(\d{1,8})(ms|s|m|min|h|d)$/.exec(given) ?? [];
      if (unit !== undefined) return Math.max(0, now - Number(amount) * MS[unit as keyof typeof MS]);
      return dateTime.read(given, () => {
        throw invalid(`${name} must be ${dateTime.accepts}, or how long ago, such as 15m`);
      });
    },
    list(name, accepted) {
      const values = text(name)?.split(',');
      const odd = values?.find((value) =>
        accepted === undefined ? !/^[\w-]{1,64}$/.test(value) : !accepted.includes(value),
      );
      if (odd === undefined) return values;
      throw invalid(`${name} must be ${accepted === undefined ? 'names with commas' : accepted.join(', ')}`);
    },
  };
}

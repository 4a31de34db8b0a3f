/** Reading one value strictly: what it is, or a sentence that says what was wrong and what is accepted. */
import ms, { type StringValue } from 'ms';
import { closest } from './closest.ts';
import type { Failure } from './errors.ts';

/** @throws what `fail` makes of the problem */
export type Parser<T> = (value: unknown, fail: (problem: string) => Failure) => T;

export const text: Parser<string> = (value, fail) => {
  if (typeof value !== 'string') throw fail(`${show(value)} is not a text; put it in quotes`);
  if (value.trim() === '') throw fail('a blank text is not accepted');
  return value;
};

/** What goes into an Authorization header; never shown, not even when it is wrong. */
export const secret: Parser<string> = (value, fail) => {
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value))
    throw fail('the value is not accepted; accepted is one word of printable ASCII characters');
  return value;
};

/** 0 stands for any free port. */
export const port: Parser<number> = (value, fail) => {
  const number =
    typeof value === 'number'
      ? value
      : typeof value === 'string' && /^\d{1,5}$/.test(value)
        ? Number(value)
        : Number.NaN;
  if (!Number.isInteger(number) || number < 0 || number > 65_535)
    throw fail(`${show(value)} is not a port; accepted: 0 to 65535`);
  return number;
};

/** A parser that knows what it accepts, for completion. */
export type ChoiceParser<T extends string> = Parser<T> & { readonly choices: readonly T[] };

export function oneOf<const T extends string>(...accepted: readonly T[]): ChoiceParser<T> {
  const parse: Parser<T> = (value, fail) => {
    const given = written(value);
    const found = accepted.find((name) => name === given);
    if (found === undefined) {
      throw fail(`${show(value)} is unknown; accepted: ${accepted.join(', ')}${closest(given, accepted)}`);
    }
    return found;
  };
  return Object.assign(parse, { choices: accepted });
}

/** A list, or one value, or several separated by commas. */
export function listOf<T>(parse: Parser<T>): Parser<readonly T[]> {
  return (value, fail) => {
    const items = Array.isArray(value)
      ? value
      : typeof value === 'string'
        ? value.split(',').map((item) => item.trim())
        : [value];
    return items.map((item) => parse(item, fail));
  };
}

/** Milliseconds from `250ms`, `5s`, `10m`, `24h`, `7d`. */
export function duration(least: StringValue, most: StringValue): Parser<number> {
  return (value, fail) => {
    const match = typeof value === 'string' && /^\d+(?:\.\d+)?(?:ms|s|m|h|d)$/.test(value);
    const milliseconds = match ? ms(value as StringValue) : Number.NaN;
    if (!(milliseconds >= ms(least) && milliseconds <= ms(most))) {
      throw fail(`${show(value)} is not a duration; accepted: ${least} to ${most}, such as 250ms, 5s, 10m, 24h, 7d`);
    }
    return milliseconds;
  };
}

/** Whole seconds from `30`, `30s` or `1m`. */
export function seconds(most: number): Parser<number> {
  return (value, fail) => {
    if (value === 0 || value === '0') return 0;
    const problem = () => fail(`${show(value)} is not accepted; accepted: 0s to ${most}s`);
    const plain = typeof value === 'number' ? value : /^\d+$/.test(written(value)) ? Number(value) : undefined;
    const result = plain ?? duration('0ms', '365d')(value, problem) / 1000;
    if (!Number.isInteger(result) || result < 0 || result > most) throw problem();
    return result;
  };
}

/** https anywhere, http on this machine only; no credentials in it. Without a trailing slash. */
export const httpUrl: Parser<string> = (value, fail) => {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (url !== undefined && (url.username !== '' || url.password !== '')) throw fail('a URL must not carry credentials');
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw fail(`${show(value)} is not an http or https URL`);
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    throw fail(`${show(value)} is not encrypted; http is accepted for 127.0.0.1, localhost and [::1] only`);
  return url.href.replace(/\/$/, '');
};

/** What stands in a Host header: a name, or an address, with a port unless it is 80. In small letters, as clients send it. */
export const hostHeader: Parser<string> = (value, fail) => {
  const host = written(value).toLowerCase();
  const url = `http://${host}/`;
  if (!URL.canParse(url) || new URL(url).host !== host.replace(/:80$/, '') || host.includes('*'))
    throw fail(`${show(value)} is not a host; accepted: a name or address, with its port, such as api.test:8787`);
  return host;
};

/** As browsers send it (RFC 6454 section 7): one that differs by a slash would never match, and `*` is not offered. */
export const webOrigin: Parser<string> = (value, fail) => {
  const origin = written(value);
  if (!/^https?:/.test(origin) || !URL.canParse(origin) || new URL(origin).origin !== origin)
    throw fail(`${show(value)} is not an origin; accepted: scheme, host and port alone, such as http://localhost:3000`);
  return origin;
};

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

/** As it stands in a file or on a command line; `String` would call the `toString` that a file may have written. */
export function written(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
}

/** For a message: in one line, and not all of it when it is long. */
export function show(value: unknown): string {
  const shown = JSON.stringify(value) ?? String(value);
  return shown.length > 80 ? `${shown.slice(0, 80)}…` : shown;
}

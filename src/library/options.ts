/** Options as JavaScript gives them, which no compiler has looked at: unknown names and wrong types are refused. */
import { closest } from '../errors/closest.ts';
import { Failure } from '../errors/failure.ts';
import { SETTING_NAMES } from '../machine/settings.ts';
import { seconds } from '../machine/values/duration.ts';
import { show } from '../machine/values/form.ts';
import { LISTS } from '../store/lists.ts';
import type { Inspected, TokenRequest } from './types.ts';

interface Kind {
  readonly accepts: string;
  readonly is: (value: unknown) => boolean;
}

const isText = (value: unknown) => typeof value === 'string';
const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);

export const TEXT: Kind = { accepts: 'a text', is: (value) => isText(value) && value !== '' };
export const FUNCTION: Kind = { accepts: 'a function', is: (value) => typeof value === 'function' };
export const OBJECT: Kind = { accepts: 'an object', is: isObject };
const NUMBER: Kind = { accepts: 'a number of seconds', is: Number.isFinite };
const LIFETIME: Kind = {
  accepts: 'a number of seconds, or a duration such as 5m',
  is: (value) => isText(value) || Number.isFinite(value),
};
const TEXT_OR_NULL: Kind = { accepts: 'a text, or null', is: (value) => value === null || isText(value) };
export const ROWS: Kind = {
  accepts: 'a whole number from 1 to 10000',
  is: (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 10_000,
};
const TEXTS: Kind = { accepts: 'a list of texts', is: (value) => Array.isArray(value) && value.every(isText) };

const TOKEN_REQUEST: Readonly<Record<keyof TokenRequest, Kind>> = {
  email: TEXT,
  sub: TEXT,
  sid: TEXT_OR_NULL,
  jti: TEXT_OR_NULL,
  issuer: TEXT,
  clientId: TEXT,
  issuedAt: NUMBER,
  expiresIn: LIFETIME,
  notBefore: NUMBER,
  claims: OBJECT,
  kid: { accepts: 'a text', is: isText },
  faults: TEXTS,
};

/** @param what the function, as a person calls it. @throws Failure invalid_argument */
export function refuseOptions(what: string, options: unknown, kinds: Readonly<Record<string, Kind>>): void {
  if (!isObject(options)) throw wrong(`${what}: the options must be an object, not ${show(options)}`);
  for (const name of Object.keys(options as object)) {
    const value = (options as Readonly<Record<string, unknown>>)[name];
    if (!Object.hasOwn(kinds, name))
      throw wrong(`${what}: unknown option ${JSON.stringify(name)}${closest(name, Object.keys(kinds))}`);
    const { accepts, is } = kinds[name] as Kind;
    if (value !== undefined && !is(value)) throw wrong(`${what}: ${name} must be ${accepts}, not ${show(value)}`);
  }
}

type TokenFacts = Omit<TokenRequest, 'expiresIn'> & { readonly expiresIn?: number };

/** A lifetime comes out in seconds. @throws Failure invalid_argument */
export function tokenRequest(what: string, request: TokenRequest): TokenFacts {
  refuseOptions(what, request, TOKEN_REQUEST);
  const { expiresIn, ...facts } = request;
  if (expiresIn === undefined) return facts;
  if (typeof expiresIn === 'number') return { ...facts, expiresIn };
  return { ...facts, expiresIn: LIFETIME_FORM.read(expiresIn, (problem) => wrong(`${what}: expiresIn: ${problem}`)) };
}

const LIFETIME_FORM = seconds('-365d', '365d');
const AHEAD_FORM = seconds('0', '3650d');

/** In milliseconds. @throws Failure invalid_argument */
export function timeAhead(what: string, duration: number | string): number {
  if (typeof duration === 'number' && Number.isFinite(duration) && duration >= 0) return duration * 1000;
  if (typeof duration === 'string') return AHEAD_FORM.read(duration, (problem) => wrong(`${what}: ${problem}`)) * 1000;
  throw wrong(
    `${what}: the time must be a number of seconds, 0 or more, or a duration such as 5m, not ${show(duration)}`,
  );
}

/** By the names of the flags; a name in camelCase is understood and refused. @throws Failure invalid_argument */
export function refuseSettings(settings: object = {}): void {
  for (const name of Object.keys(settings)) {
    if (name === 'state-dir') throw wrong('startServer: the setting state-dir is the option stateDirectory here');
    if (SETTING_NAMES.some((known) => known === name)) continue;
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw wrong(`startServer: unknown setting ${JSON.stringify(name)}${closest(flag, SETTING_NAMES)}`);
  }
}

/** @throws Failure invalid_argument */
export function refuseList(what: string): asserts what is keyof Inspected {
  if (typeof what === 'string' && Object.hasOwn(LISTS, what)) return;
  throw wrong(
    `inspect: ${show(what)} is no list${closest(String(what), Object.keys(LISTS))}; accepted: ${Object.keys(LISTS).join(', ')}`,
  );
}

export function wrong(message: string): Failure {
  return new Failure('invalid_argument', message);
}

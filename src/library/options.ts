/**
 * Options as JavaScript gives them, which no compiler has looked at. What is wrong is a TypeError in one line: the function,
 * the option, what is accepted, and what was given.
 */
import { closest } from '../errors/closest.ts';
import { Failure } from '../errors/failure.ts';
import { INSPECTOR_SETTINGS } from '../machine/settings/inspector.ts';
import { SETTING_NAMES } from '../machine/settings.ts';
import { duration, seconds } from '../machine/values/duration.ts';
import { show } from '../machine/values/form.ts';
import { LAST_SECOND } from '../machine/values/time.ts';
import { PROFILE_NAMES } from '../workos/tokens/profiles.ts';
import type { CheckOptions, ReplayOptions, TokenRequest } from './types.ts';

interface Kind {
  readonly accepts: string;
  readonly is: (value: unknown) => boolean;
}

export type Kinds = Readonly<Record<string, Kind>>;

const isText = (value: unknown) => typeof value === 'string';
const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);

export const TEXT: Kind = { accepts: 'a text', is: (value) => isText(value) && value !== '' };
export const FUNCTION: Kind = { accepts: 'a function', is: (value) => typeof value === 'function' };
export const OBJECT: Kind = { accepts: 'an object', is: isObject };
/** The time of `Date.now()` would be refused at every server, far from its cause. */
const SECONDS: Kind = {
  accepts: 'a number of seconds',
  is: (value) => Number.isFinite(value) && Math.abs(Number(value)) <= LAST_SECOND,
};
const LIFETIME: Kind = {
  accepts: 'a number of seconds, or a duration such as 5m',
  is: (value) => isText(value) || Number.isFinite(value),
};
/** What a clock tells. */
export const TIME: Kind = { accepts: 'a number of milliseconds since 1970', is: Number.isFinite };
const TEXT_OR_NULL: Kind = { accepts: 'a text, or null', is: (value) => value === null || isText(value) };
const TEXTS: Kind = { accepts: 'a list of texts', is: (value) => Array.isArray(value) && value.every(isText) };
export const WHOLE_NUMBER = wholeNumber(10_000);

function wholeNumber(most: number): Kind {
  return {
    accepts: `a whole number from 1 to ${most}`,
    is: (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most,
  };
}

const FLAG: Kind = { accepts: 'true or false', is: (value) => typeof value === 'boolean' };
const SIGNAL: Kind = { accepts: 'an AbortSignal', is: (value) => isObject(value) && 'aborted' in (value as object) };
/** A duration is judged where it is read. */
export const ANY: Kind = { accepts: 'anything', is: () => true };
export const HTTP_URL: Kind = {
  accepts: 'an http or https URL',
  is: (value) => isText(value) && /^https?:/.test(URL.parse(value as string)?.href ?? ''),
};

const OF_JUDGES = { url: TEXT, allowRemote: FLAG, signal: SIGNAL };

export const REPLAY_OPTIONS = {
  ...OF_JUDGES,
  token: TEXT,
  email: TEXT,
  sub: TEXT,
  sid: TEXT_OR_NULL,
  jti: TEXT_OR_NULL,
  times: wholeNumber(100_000),
  concurrency: wholeNumber(256),
  fresh: FLAG,
  interval: ANY,
  timeout: ANY,
  retry: FLAG,
  expect: {
    accepts: 'outcomes or statuses, in a list or with commas',
    is: (value) => isText(value) || (Array.isArray(value) && value.length > 0),
  },
} satisfies Record<keyof ReplayOptions, Kind>;

export const CHECK_OPTIONS = {
  ...OF_JUDGES,
  only: TEXTS,
  skip: TEXTS,
  strict: FLAG,
  keep: FLAG,
  patience: ANY,
  repeat: wholeNumber(100_000),
  seed: wholeNumber(999_999_999),
} satisfies Record<keyof CheckOptions, Kind>;

export const TOKEN_REQUEST = {
  email: TEXT,
  sub: TEXT,
  sid: TEXT_OR_NULL,
  jti: TEXT_OR_NULL,
  issuer: TEXT,
  clientId: TEXT,
  profile: { accepts: `one of ${PROFILE_NAMES.join(', ')}`, is: (value) => PROFILE_NAMES.includes(value as string) },
  issuedAt: SECONDS,
  expiresIn: LIFETIME,
  notBefore: SECONDS,
  claims: OBJECT,
  kid: { accepts: 'a text', is: isText },
  faults: TEXTS,
} satisfies Record<keyof TokenRequest, Kind>;

/** @param what the function, as a person calls it. @throws TypeError */
export function refuseOptions(what: string, options: unknown, kinds: Kinds): void {
  if (!isObject(options)) throw wrong(`${what}: the options must be an object, not ${shown(options)}`);
  for (const name of Object.keys(options as object)) {
    const value = (options as Readonly<Record<string, unknown>>)[name];
    if (!Object.hasOwn(kinds, name))
      throw wrong(`${what}: unknown option ${JSON.stringify(name)}${closest(name, Object.keys(kinds))}`);
    if (value !== undefined) refuseArgument(`${what}: ${name}`, value, kinds[name] as Kind);
  }
}

/** @throws TypeError */
export function refuseArgument(name: string, value: unknown, { accepts, is }: Kind): void {
  if (!is(value)) throw wrong(`${name} must be ${accepts}, not ${shown(value)}`);
}

/** @throws TypeError for a value that is none of the names */
export function refuseName(name: string, value: unknown, names: readonly string[]): void {
  if (isText(value) && names.includes(value as string)) return;
  throw wrong(
    `${name} must be one of ${names.join(', ')}, not ${shown(value)}${isText(value) ? closest(value as string, names) : ''}`,
  );
}

type TokenFacts = Omit<TokenRequest, 'expiresIn'> & { readonly expiresIn?: number };

/** A lifetime comes out in seconds. @throws TypeError */
export function tokenRequest(what: string, request: TokenRequest): TokenFacts {
  refuseOptions(what, request, TOKEN_REQUEST);
  if (request.profile !== undefined && request.issuer !== undefined)
    throw wrong(`${what}: issuer and profile contradict each other: a profile has its own issuer`);
  const { expiresIn, ...facts } = request;
  if (expiresIn === undefined) return facts;
  if (typeof expiresIn === 'number') return { ...facts, expiresIn };
  return { ...facts, expiresIn: judged(`${what}: expiresIn`, () => LIFETIME_FORM.read(expiresIn, problem)) };
}

const LIFETIME_FORM = seconds('-365d', '365d');
const MOST_AHEAD = '3650d';

/** Seconds, or a duration. @returns milliseconds. @throws TypeError */
export function timeOf(name: string, value: unknown, most: Parameters<typeof duration>[1] = MOST_AHEAD): number {
  const form = duration('0ms', most);
  if (isText(value)) return judged(name, () => form.read(value, problem));
  const milliseconds = typeof value === 'number' ? value * 1000 : Number.NaN;
  if (milliseconds >= 0 && milliseconds <= form.read(most, problem)) return milliseconds;
  throw wrong(`${name} must be a number of seconds, or a duration such as 5m, from 0 to ${most}, not ${shown(value)}`);
}

/** By the names of the flags; a name in camelCase is understood and refused. @throws TypeError */
export function refuseSettings(settings: object = {}): void {
  for (const name of Object.keys(settings)) {
    if (name === 'state-dir') throw wrong('startServer: the setting state-dir is the option stateDirectory here');
    if (name === 'clock') throw wrong('startServer: the setting clock is the option now here, and advance() moves it');
    if (Object.hasOwn(INSPECTOR_SETTINGS, name))
      throw wrong(`startServer: the setting ${name} is for \`agent-paste serve\`: a server of a test has no page`);
    if (SETTING_NAMES.some((known) => known === name)) continue;
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw wrong(`startServer: unknown setting ${JSON.stringify(name)}${closest(flag, SETTING_NAMES)}`);
  }
}

/** What the program refuses as an argument or a setting is a TypeError here. @throws TypeError, and the errors of `work` */
export function judged<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asTypeError(what, error);
  }
}

export function asTypeError(what: string, error: unknown): unknown {
  if (!(error instanceof Failure) || !['invalid_argument', 'invalid_config'].includes(error.code)) return error;
  return new TypeError(`${what}: ${error.message}`, { cause: error });
}

function problem(text: string): Failure {
  return new Failure('invalid_argument', text);
}

/** On one line. JSON has no word for a NaN, and refuses some objects. */
function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  try {
    return show(value);
  } catch {
    return `an ${typeof value}`;
  }
}

export function wrong(message: string): TypeError {
  return new TypeError(message);
}

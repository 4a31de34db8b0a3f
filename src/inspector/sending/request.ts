/** The wish of a person: which token, and how often. */
import { isTooDeep } from '../../errors/nesting.ts';
import { isEmail } from '../../machine/values/user.ts';
import type { Json, SendRequest } from '../api-types.ts';
import { Refusal } from '../web/refusal.ts';

const MOST_SENDS = 1000;
const MOST_AT_ONCE = 64;

type Check = (value: unknown) => string | undefined;

const text: Check = (value) => (typeof value === 'string' && value.length <= 320 ? undefined : 'a text');
const id: Check = (value) => (['same', 'new', 'none'].includes(String(value)) ? undefined : 'same, new or none');
const count =
  (most: number): Check =>
  (value) =>
    Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most ? undefined : `a number from 1 to ${most}`;

const FIELDS: Readonly<Record<keyof SendRequest, Check>> = {
  of: text,
  email: (value) => (isEmail(value) ? undefined : 'an e-mail address'),
  jti: id,
  sid: id,
  claims: (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && !isTooDeep(value)
      ? undefined
      : 'an object of claims',
  faults: (value) =>
    Array.isArray(value) && value.every((each) => typeof each === 'string') ? undefined : 'a list of faults',
  times: count(MOST_SENDS),
  at_once: count(MOST_AT_ONCE),
  tokens: (value) => (value === 'one' || value === 'each' ? undefined : 'one or each'),
};

export interface Wish extends SendRequest {
  readonly times: number;
  readonly at_once: number;
  readonly tokens: 'one' | 'each';
  readonly claims: { readonly [name: string]: Json };
  readonly faults: readonly string[];
}

/** @throws Refusal 400, which names the field */
export function wishOf(body: Readonly<Record<string, unknown>>): Wish {
  for (const [name, value] of Object.entries(body)) {
    const check = Object.hasOwn(FIELDS, name) ? FIELDS[name as keyof SendRequest] : undefined;
    if (check === undefined) throw invalid(`${JSON.stringify(name.slice(0, 40))} is no field of this request`);
    const wanted = check(value);
    if (wanted !== undefined) throw invalid(`${name} must be ${wanted}`);
  }
  if (body.of === undefined && body.email === undefined) throw invalid('of or email must name whose token it is');
  return { times: 1, at_once: 1, tokens: 'one', claims: {}, faults: [], ...body } as Wish;
}

export function invalid(message: string): Refusal {
  return new Refusal(400, 'invalid_request', message);
}

/** What came back of one callback, read from what any server shows: status, headers and bytes. */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Failure } from '../errors.ts';

/**
 * What a callback did, as far as its answer shows. `unreadable` is JSON that the contract does not know: neither a
 * callback answer under 200 nor an error envelope under anything else.
 */
export const OUTCOMES = [
  'provisioned',
  'seen',
  'replayed',
  'refused',
  'in_flight',
  'unavailable',
  'unreadable',
] as const;

export type Outcome = (typeof OUTCOMES)[number];

export interface Sent {
  readonly status: number;
  readonly bytes: Buffer;
  /** Of the bytes, in hexadecimal. */
  readonly sha256: string;
  readonly headers: {
    /** `Idempotency-Replayed: true`, which a server that is not ours need not send. */
    readonly replayed: boolean;
    /** Seconds, or undefined without a usable `Retry-After`. */
    readonly retryAfter: number | undefined;
    readonly requestId: string | undefined;
    readonly contentType: string | undefined;
  };
  /** The JSON of the body; undefined for an empty one. */
  readonly body: unknown;
  /** `error.code` and `error.reason` of an error envelope, else null. */
  readonly code: string | null;
  readonly reason: string | null;
  /** As this one answer shows it; `createHistory` also knows the answers before it. */
  readonly outcome: Outcome;
  /** What is wrong with an `unreadable` answer. */
  readonly problem: string | undefined;
  /** From the moment the request was written to the last byte of the answer. */
  readonly milliseconds: number;
}

export interface RawAnswer {
  readonly url: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly milliseconds: number;
}

/**
 * @throws Failure unreachable when what answers is no API of JSON: a page, a redirect, a text that is cut off
 */
export function readAnswer(raw: RawAnswer): Sent {
  const { url, status, bytes, milliseconds } = raw;
  if (status >= 300 && status < 400) {
    throw notTheApi(url, `answered ${status}, a redirect; a token is never sent on to another place`);
  }
  const body = parseBody(raw);
  const error = member(body, 'error');
  const headers = {
    replayed: single(raw.headers['idempotency-replayed'])?.toLowerCase() === 'true',
    retryAfter: secondsOf(single(raw.headers['retry-after'])),
    requestId: single(raw.headers['x-request-id']),
    contentType: raw.headers['content-type'],
  };
  const { outcome, problem } = outcomeOf(status, body, headers.replayed);
  return {
    status,
    bytes,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    headers,
    body,
    code: textOrNull(member(error, 'code')),
    reason: textOrNull(member(error, 'reason')),
    outcome,
    problem,
    milliseconds,
  };
}

export function notTheApi(url: string, what: string): Failure {
  return new Failure('unreachable', `${url} ${what}`, 'Is this the base URL of the API, and nothing in between?');
}

function parseBody({ url, status, headers, bytes }: RawAnswer): unknown {
  if (bytes.length === 0) {
    if (status >= 400) return undefined; // a server's HTTP parser may refuse a header without a body
    throw notTheApi(url, `answered ${status} without a body`);
  }
  const type = headers['content-type']?.split(';')[0]?.trim();
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const what = type === undefined ? 'something without a content type' : JSON.stringify(type.slice(0, 80));
    throw notTheApi(url, `answered ${status} with ${what}, and it is not JSON`);
  }
}

function outcomeOf(
  status: number,
  body: unknown,
  replayed: boolean,
): { readonly outcome: Outcome; readonly problem: string | undefined } {
  const known = (outcome: Outcome) => ({ outcome, problem: undefined });
  if (status === 200) {
    const problem = problemOf(body);
    if (problem !== undefined) return { outcome: 'unreadable', problem };
    if (replayed) return known('replayed');
    return known(member(body, 'default_api_key') === null ? 'seen' : 'provisioned');
  }
  if (status < 400) return { outcome: 'unreadable', problem: `${status} is no answer to a callback` };
  if (body !== undefined && typeof member(member(body, 'error'), 'code') !== 'string') {
    return { outcome: 'unreadable', problem: `${status} without an error.code` };
  }
  if (status === 409) return known('in_flight');
  return known(status >= 500 ? 'unavailable' : 'refused');
}

/** Only what an outcome is read from; the whole shape is in the schemas of the contract. */
function problemOf(body: unknown): string | undefined {
  for (const name of ['workspace', 'workspace_member']) {
    if (typeof member(member(body, name), 'id') !== 'string') return `200 without ${name}.id`;
  }
  const key = member(body, 'default_api_key');
  if (key === undefined) return '200 without default_api_key';
  if (key !== null && typeof member(key, 'secret') !== 'string') return '200 without default_api_key.secret';
  return undefined;
}

/** The member of a JSON object, undefined for anything else. */
export function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

/** The form in seconds; the form with a date depends on clocks, and no server of this API sends it. */
function secondsOf(retryAfter: string | undefined): number | undefined {
  return retryAfter !== undefined && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : undefined;
}

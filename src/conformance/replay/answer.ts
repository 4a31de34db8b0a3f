/** The answer to one callback, read from its status, headers and bytes, which any server has. */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { OUTCOMES } from '../../callback/outcome.ts';
import { member } from '../../callback/token/json-object.ts';
import { Failure } from '../../errors/failure.ts';
import { excerpt } from '../../errors/foreign-text.ts';
import { isTooDeep, TOO_DEEP } from '../../errors/nesting.ts';

/**
 * The outcome of a callback according to its answer. `unreadable` is JSON that is not in the contract: neither a callback
 * answer with status 200 nor an error envelope with another status.
 */
export const ANSWER_OUTCOMES = [...OUTCOMES, 'unreadable'] as const;

export type AnswerOutcome = (typeof ANSWER_OUTCOMES)[number];

export interface CallbackAnswer {
  readonly status: number;
  readonly bytes: Buffer;
  /** Hash of the bytes, in hexadecimal. */
  readonly sha256: string;
  readonly headers: {
    /** `Idempotency-Replayed: true`, which other servers need not send. */
    readonly replayed: boolean;
    /** Seconds, or undefined without a usable `Retry-After`. */
    readonly retryAfter: number | undefined;
    readonly requestId: string | undefined;
    readonly contentType: string | undefined;
    readonly cacheControl: string | undefined;
    readonly authenticate: string | undefined;
  };
  /** The JSON of the body; undefined for an empty one. */
  readonly body: unknown;
  /** Excerpts of `error.code` and `error.reason` of an error envelope, otherwise null. */
  readonly code: string | null;
  readonly reason: string | null;
  /** As this one answer shows it; `createHistory` also knows the answers before it. */
  readonly outcome: AnswerOutcome;
  /** The problem with an `unreadable` answer. */
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
 * "Not now": the callback may be sent again. These come from gateways too, so that only the status counts, whatever the
 * body is.
 */
export function isNotNow(status: number): boolean {
  return status === 409 || status === 429 || status === 503;
}

/**
 * @throws Failure unreachable if the answer is not JSON of an API: a page, a redirect, a text that is cut off
 */
export function readAnswer(raw: RawAnswer): CallbackAnswer {
  const { url, status, bytes, milliseconds } = raw;
  const location = raw.headers.location;
  if (status >= 300 && status < 400 && location !== undefined) {
    const where = JSON.stringify(excerpt(location));
    throw notTheApi(url, `answered ${status}, a redirect to ${where}; a token is never sent on to another place`);
  }
  const body = parseBody(raw);
  const error = member(body, 'error');
  const headers = {
    replayed: single(raw.headers['idempotency-replayed'])?.toLowerCase() === 'true',
    retryAfter: secondsOf(single(raw.headers['retry-after'])),
    requestId: excerptOrNull(single(raw.headers['x-request-id'])) ?? undefined,
    contentType: excerptOrNull(raw.headers['content-type']) ?? undefined,
    cacheControl: excerptOrNull(raw.headers['cache-control']) ?? undefined,
    authenticate: excerptOrNull(raw.headers['www-authenticate']) ?? undefined,
  };
  const { outcome, problem } = outcomeOf(status, body, headers.replayed);
  return {
    status,
    bytes,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    headers,
    body,
    code: excerptOrNull(member(error, 'code')),
    reason: excerptOrNull(member(error, 'reason')),
    outcome,
    problem,
    milliseconds,
  };
}

export function notTheApi(url: string, what: string): Failure {
  return new Failure('unreachable', `${url} ${what}`, 'Is this the base URL of the API, and nothing in between?');
}

function parseBody(raw: RawAnswer): unknown {
  const { url, status, bytes } = raw;
  if (bytes.length === 0) {
    if (status >= 400) return undefined; // a server's HTTP parser may refuse a header without a body
    throw notTheApi(url, `answered ${status} without a body`);
  }
  const body = parsed(bytes);
  const problem = problemWithBody(raw, body);
  if (problem === undefined) return body;
  if (isNotNow(status)) return undefined;
  throw notTheApi(url, `answered ${status} ${problem}`);
}

/** undefined for bytes that are not JSON. */
function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

function problemWithBody({ headers, bytes }: RawAnswer, body: unknown): string | undefined {
  const coding = headers['content-encoding']?.trim().toLowerCase() || 'identity';
  if (coding !== 'identity')
    return `in the content coding ${JSON.stringify(excerpt(coding))}, and only "identity" was asked for`;
  if (bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK))
    return 'with a byte order mark, and JSON has none';
  const type = headers['content-type']?.split(';')[0]?.trim();
  const what = type === undefined ? 'something without a content type' : JSON.stringify(excerpt(type));
  if (body === undefined) return `with ${what}, and it is not JSON`;
  return isTooDeep(body) ? `with ${TOO_DEEP}` : undefined;
}

function outcomeOf(
  status: number,
  body: unknown,
  replayed: boolean,
): { readonly outcome: AnswerOutcome; readonly problem: string | undefined } {
  const known = (outcome: AnswerOutcome) => ({ outcome, problem: undefined });
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

/** Checks only the members that show the outcome; the schemas of the contract have the whole shape. */
function problemOf(body: unknown): string | undefined {
  for (const name of ['workspace', 'workspace_member']) {
    if (typeof member(member(body, name), 'id') !== 'string') return `200 without ${name}.id`;
  }
  const key = member(body, 'default_api_key');
  if (key === undefined) return '200 without default_api_key';
  if (key !== null && typeof member(key, 'secret') !== 'string') return '200 without default_api_key.secret';
  return undefined;
}

/** The text may come from any server. */
function excerptOrNull(value: unknown): string | null {
  return typeof value === 'string' ? excerpt(value) : null;
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

/** Only the form in seconds: the form with a date depends on clocks, and no server of this API sends it. */
export function secondsOf(retryAfter: string | undefined): number | undefined {
  return retryAfter !== undefined && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : undefined;
}

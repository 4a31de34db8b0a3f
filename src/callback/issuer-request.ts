/** Requests to the issuer, with limits on time and size. They never follow a redirect. */
import { boundedRequest } from './bounded-request.ts';

/** Milliseconds until an answer must be complete, body included. */
export const ISSUER_TIMEOUT_MS = 3000;
/** A JWKS has a few kilobytes; a user has less. */
export const ISSUER_MAX_BYTES = 65_536;

/**
 * Where WorkOS publishes the keys of a client (https://workos.com/docs/reference/authkit/session-tokens/jwks).
 * @param baseUrl URL of the API, with or without a slash at its end
 */
export function jwksUrlAt(baseUrl: string, clientId: string): string {
  return `${baseUrl.replace(/\/$/, '')}/sso/jwks/${encodeURIComponent(clientId)}`;
}

export interface IssuerAnswer {
  readonly status: number;
  readonly text: string;
}

/** @throws TypeError with the system's error as its cause, TimeoutError, RangeError for an answer beyond the size limit */
export async function get(url: string, headers: Record<string, string>): Promise<IssuerAnswer> {
  const { status, text } = await boundedRequest(url, {
    headers,
    timeoutMs: ISSUER_TIMEOUT_MS,
    maxBytes: ISSUER_MAX_BYTES,
  });
  return { status, text };
}

/**
 * Why a request failed, in a few words for `received`: "ECONNREFUSED", "no complete answer in 3 s". The deepest cause
 * that has a text is used. A code may be a number, and a thrown value may be something other than an error.
 */
export function requestFailure(error: unknown): string {
  const causes = causesOf(error);
  if (causes.some((cause) => property(cause, 'name') === 'TimeoutError'))
    return `no complete answer in ${ISSUER_TIMEOUT_MS / 1000} s`;
  return causes.map(wordsOf).findLast((words) => words !== '') ?? 'the request failed without a reason';
}

/** From the outside in. An AggregateError is followed to its first error. */
function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = [];
  for (let next = error; next !== undefined && !causes.includes(next); ) {
    causes.push(next);
    const several = property(next, 'errors');
    next = property(next, 'cause') ?? (Array.isArray(several) ? several[0] : undefined);
  }
  return causes;
}

function wordsOf(error: unknown): string {
  const [code, message] = ['code', 'message'].map((name) => property(error, name));
  if (typeof code === 'string' && code.startsWith('HPE_')) return 'an answer that is not HTTP';
  const text = [code, message, error].find((each) => typeof each === 'string' && each.trim() !== '');
  return typeof text === 'string' ? text : '';
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

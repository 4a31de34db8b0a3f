/** Every answer of the server: its headers, its error envelope (contract §1, Errors). */
import type { Context } from 'hono';
import type { RequestContext } from '../../callback/callback.ts';
import { ApiError, type ErrorDetail } from '../../errors/api-error.ts';

import type { Account } from '../log/answered.ts';

export interface Environment {
  Variables: {
    context: RequestContext;
    /** CORS headers of an allowed origin, else nothing. */
    cors: Readonly<Record<string, string>>;
    account: Account;
  };
}

export type RequestOf = Context<Environment>;

/** Runs first: it sets what answers and log lines need from every request. */
export function begin(c: RequestOf, context: RequestContext): void {
  c.set('context', context);
  c.set('cors', {});
  c.set('account', {});
}

/** Adds to the log line of a request. */
export function tell(c: RequestOf, facts: Account): void {
  c.set('account', { ...c.get('account'), ...facts });
}

/** On every answer: browsers must not store, sniff, frame or embed it, nor send its URL to another site. */
export const FIXED_HEADERS = {
  'Cache-Control': 'no-store',
  Pragma: 'no-cache',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
};

export function answer(
  c: RequestOf,
  status: number,
  body: string | Uint8Array<ArrayBuffer> | null,
  headers: Record<string, string> = {},
): Response {
  const { requestId, trace } = c.get('context');
  const type: Record<string, string> = body === null ? {} : { 'Content-Type': 'application/json; charset=utf-8' };
  const own = { ...type, 'X-Request-Id': requestId, ...c.get('cors'), ...headers };
  trace?.answered(body, own);
  return new Response(body, { status, headers: { ...FIXED_HEADERS, ...own } });
}

export function json(c: RequestOf, body: object, status = 200): Response {
  return answer(c, status, JSON.stringify(body));
}

/** The body of every refusal and failure. */
export function errorEnvelope(
  { code, message, reason }: Pick<ApiError, 'code' | 'message'> & Partial<Pick<ApiError, 'reason'>>,
  requestId: string,
): string {
  return JSON.stringify({
    error: { code, message, request_id: requestId, ...(reason === undefined ? {} : { reason }) },
  });
}

export function errorAnswer(c: RequestOf, error: ApiError): Response {
  const { code, reason, detail } = error;
  return answer(c, error.status, errorEnvelope(error, c.get('context').requestId), {
    ...(code === 'not_authenticated'
      ? { 'WWW-Authenticate': reason === 'no_bearer' ? 'Bearer' : 'Bearer error="invalid_token"' }
      : {}),
    ...errorHeaders(detail),
  });
}

/** `Retry-After`, `WWW-Authenticate` and `Allow`. */
export function errorHeaders({ retryAfter, allow }: ErrorDetail): Record<string, string> {
  return {
    ...(retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }),
    ...(allow === undefined ? {} : { Allow: allow }),
  };
}

/** A client hears only that an unexpected error happened; the log has the details. */
export function internalError(): ApiError {
  return new ApiError('internal_error', 'something went wrong in the server; its log has the details');
}

/** Every answer of the server: its headers, its error envelope (contract §1, Errors). */
import type { Context } from 'hono';
import { ApiError, HTTP_STATUS } from '../errors.ts';

/** What a request carries from its first middleware to its log line. */
export interface RequestState {
  readonly requestId: string;
  /** Milliseconds since 1970, read once. */
  readonly now: number;
  /** CORS headers of an allowed origin, else nothing. */
  cors: Readonly<Record<string, string>>;
  /** For the log: set as the request gets on. */
  outcome?: string;
  warning?: string;
  issuer?: string;
  subject?: string;
  sessionId?: string | null;
  idempotencyKey?: string;
}

export interface Environment {
  Variables: { state: RequestState };
}

export type RequestOf = Context<Environment>;

/** On every answer: nothing is stored, sniffed, framed, embedded or told to the next site. */
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
  const { requestId, cors } = c.get('state');
  const type: Record<string, string> = body === null ? {} : { 'Content-Type': 'application/json; charset=utf-8' };
  return new Response(body, {
    status,
    headers: { ...FIXED_HEADERS, ...type, 'X-Request-Id': requestId, ...cors, ...headers },
  });
}

export function json(c: RequestOf, body: object, status = 200): Response {
  return answer(c, status, JSON.stringify(body));
}

/** The body of every answer that says no. */
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
  return answer(c, error.status, errorEnvelope(error, c.get('state').requestId), {
    ...(code === 'not_authenticated'
      ? { 'WWW-Authenticate': reason === 'no_bearer' ? 'Bearer' : 'Bearer error="invalid_token"' }
      : {}),
    ...(detail.retryAfter === undefined ? {} : { 'Retry-After': String(detail.retryAfter) }),
    ...(detail.allow === undefined ? {} : { Allow: detail.allow }),
  });
}

/** What a client may know of an unexpected error: that there was one. */
export function internalError(): ApiError {
  return new ApiError('internal_error', 'something went wrong in the server; its log has the details');
}

/** How a refusal appears in the log and in the list of attempts. */
export function outcomeOf(error: ApiError): string {
  if (error.code === 'idempotency_in_flight') return 'in_flight';
  return HTTP_STATUS[error.code] >= 500 ? 'unavailable' : 'refused';
}

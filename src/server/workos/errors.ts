/** Errors on the paths of WorkOS have its form: its SDKs would print our envelope as `[object Object]`. */
import type { ApiError } from '../../errors/api-error.ts';
import type { Refusal } from '../../workos/authkit/refusal.ts';
import { answer, errorHeaders, type RequestOf, tell } from '../http/answers.ts';

export function workosErrorAnswer(c: RequestOf, error: ApiError): Response {
  const { message, code, detail } = error;
  return answer(c, error.status, JSON.stringify({ message, code }), errorHeaders(detail));
}

export function refusalAnswer(c: RequestOf, { status, body, reason, retryAfter }: Refusal): Response {
  tell(c, { outcome: status === 503 ? 'unavailable' : 'refused', reason });
  return answer(c, status, JSON.stringify(body), errorHeaders(retryAfter === undefined ? {} : { retryAfter }));
}

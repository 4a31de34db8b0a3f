/** Query parameters, read strictly. */
import { ApiError } from '../../errors/api-error.ts';
import type { RequestOf } from './answers.ts';

/** @throws ApiError invalid_request for a parameter that is given twice: it is unclear which one counts */
export function queryParameter(c: RequestOf, name: string): string | undefined {
  const values = c.req.queries(name) ?? [];
  if (values.length > 1) throw new ApiError('invalid_request', `${name} must be given once`);
  return values[0];
}

/** The largest number of items on a page. @throws ApiError invalid_request */
export function limitParameter(c: RequestOf, fallback: number, most: number): number {
  const text = queryParameter(c, 'limit');
  if (text === undefined) return fallback;
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > most) throw new ApiError('invalid_request', `limit must be a number from 1 to ${most}`);
  return limit;
}

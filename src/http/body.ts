/** Bodies of requests: few routes want one, and none wants a large one. */
import { bodyLimit } from 'hono/body-limit';
import { ApiError } from '../errors.ts';
import type { RequestOf } from './answers.ts';

/** Whether a body is on its way, by the two headers that can say so (RFC 9112 section 6). */
export function hasBody(c: RequestOf): boolean {
  return c.req.header('transfer-encoding') !== undefined || Number(c.req.header('content-length') ?? 0) > 0;
}

/**
 * By its announced length where there is one; a chunked body is read until it is too long.
 * @throws ApiError payload_too_large; invalid_request for a body that breaks off
 */
export async function refuseLargeBody(c: RequestOf, maxBytes: number, message: string): Promise<void> {
  const limit = bodyLimit({
    maxSize: maxBytes,
    onError: () => {
      throw new ApiError('payload_too_large', message);
    },
  });
  await whole(() => limit(c, async () => undefined));
}

/** @throws ApiError payload_too_large; invalid_request for a body that breaks off */
export async function readBody(c: RequestOf, maxBytes: number, message: string): Promise<string> {
  await refuseLargeBody(c, maxBytes, message);
  return whole(() => c.req.text());
}

/** A sender who goes away in the middle is no bug of this server. */
async function whole<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    throw new ApiError('invalid_request', 'the body broke off before its end', { cause });
  }
}

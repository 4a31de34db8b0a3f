/** Bodies of requests. Few routes take one, and no route takes a large one. The bytes that arrive count, not a header. */
import { ApiError } from '../../errors/api-error.ts';
import type { RequestOf } from './answers.ts';
import { bindingsOf } from './bindings.ts';
import { inviteBody } from './expectation.ts';

/** Whether a header announces a body (RFC 9112 section 6.3). A chunked body may still turn out to be empty. */
export function announcedLength(c: RequestOf): number {
  return Number(c.req.header('content-length') ?? 0);
}

/**
 * The pieces of a body; empty pieces are left out. A body that announces more than `maxBytes` is not read at all.
 * @throws ApiError payload_too_large; invalid_request for a body that breaks off
 */
export async function* bodyOf(c: RequestOf, maxBytes: number, message: string): AsyncGenerator<Uint8Array> {
  const tooLarge = () => new ApiError('payload_too_large', message);
  const length = announcedLength(c);
  if (length > maxBytes) throw tooLarge();
  const isOverSocket = bindingsOf(c).incoming !== undefined; // otherwise no header has to announce a body
  if (isOverSocket && length === 0 && c.req.header('transfer-encoding') === undefined) return;
  inviteBody(c);
  let size = 0;
  // To cancel the body of a cloned request would wait for the other clone too.
  for await (const piece of whole(c.req.raw.body?.values({ preventCancel: !isOverSocket }) ?? [])) {
    size += piece.byteLength;
    if (size > maxBytes) throw tooLarge();
    if (piece.byteLength > 0) yield piece;
  }
}

/** @throws ApiError payload_too_large; invalid_request for a body that breaks off */
export async function readBody(c: RequestOf, maxBytes: number, message: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bodyOf(c, maxBytes, message)) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

/** A sender may disconnect in the middle of a body; that is not an error of this server. */
async function* whole(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces;
  } catch (cause) {
    throw new ApiError('invalid_request', 'the body broke off before its end', { cause });
  }
}

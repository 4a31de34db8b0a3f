/** The place where the next page of a list begins, as a text that only the list itself can read. */
import { ApiError } from '../errors/api-error.ts';

export function writeCursor(kind: string, position: unknown): string {
  return Buffer.from(JSON.stringify([kind, position])).toString('base64url');
}

/** @throws ApiError invalid_cursor for a text that this program did not write for this list */
export function readCursor<T>(kind: string, cursor: string, isPosition: (value: unknown) => value is T): T {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch (cause) {
    throw invalidCursor(cause);
  }
  const position: unknown = Array.isArray(value) ? value[1] : undefined;
  // Writing the position again must give the same text, so that a cursor has one spelling and fits one list.
  if (!isPosition(position) || writeCursor(kind, position) !== cursor) throw invalidCursor();
  return position;
}

function invalidCursor(cause?: unknown): ApiError {
  return new ApiError('invalid_cursor', 'the cursor was not issued by this list', { cause });
}

/** Where the next page of a list begins, as a text that only the list itself reads. */
import { ApiError } from '../errors.ts';

export function writeCursor(kind: string, position: unknown): string {
  return Buffer.from(JSON.stringify([kind, position])).toString('base64url');
}

/** @throws ApiError invalid_cursor for anything that this program did not write for this list */
export function readCursor<T>(kind: string, cursor: string, isPosition: (value: unknown) => value is T): T {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch (cause) {
    throw invalidCursor(cause);
  }
  if (!Array.isArray(value) || value.length !== 2 || value[0] !== kind || !isPosition(value[1])) throw invalidCursor();
  if (writeCursor(kind, value[1]) !== cursor) throw invalidCursor(); // the same position in another spelling
  return value[1];
}

function invalidCursor(cause?: unknown): ApiError {
  return new ApiError('invalid_cursor', 'the cursor is not one that this list gave out', { cause });
}

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
  const position: unknown = Array.isArray(value) ? value[1] : undefined;
  // Written again it must be the same text: of this list, with nothing beside the position, and in the one spelling.
  if (!isPosition(position) || writeCursor(kind, position) !== cursor) throw invalidCursor();
  return position;
}

function invalidCursor(cause?: unknown): ApiError {
  return new ApiError('invalid_cursor', 'the cursor is not one that this list gave out', { cause });
}

/** One line for each request, made of named fields alone: no header, no query and no token can get in. */

export interface RequestLogEntry {
  readonly time: string;
  readonly request_id: string;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly status: number;
  /** `provisioned`, `seen`, `replayed`, `refused`, `in_flight`, `unavailable`, or nothing for other routes. */
  readonly outcome?: string;
  readonly reason?: string;
  readonly user?: string;
  readonly key?: string;
  readonly warning?: string;
  readonly ms: number;
}

export interface ServerLog {
  request(entry: RequestLogEntry): void;
  warning(message: string): void;
  /** An error that nobody foresaw, with the request that met it. */
  bug(error: unknown, requestId: string): void;
}

const MAX_FIELD_LENGTH = 200;
/** Control characters, line separators and marks that turn text around: JSON.stringify leaves half of them as they are. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A foreign text as it may appear in a log or on a terminal: one line, at most 200 characters and `…`, nothing invisible. */
export function printable(text: string): string {
  // Cut first, so that a long text costs little, and again, because an escape has six characters or more.
  return cut(cut(text).replace(UNPRINTABLE, escaped));
}

function cut(text: string): string {
  return text.length > MAX_FIELD_LENGTH ? `${text.slice(0, MAX_FIELD_LENGTH)}…` : text;
}

/** As JSON would write it; a character beyond U+FFFF takes two. */
function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('');
}

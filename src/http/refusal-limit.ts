/** A flood of refused requests must not become a flood of log lines. */
import type { RequestLogEntry, ServerLog } from './request-log.ts';

const WINDOW_MS = 1000;
/** Refused requests that are logged within a window. */
const MAX_LINES = 100;

export interface LimitedLog extends ServerLog {
  /** Says what has not been said yet. */
  close(): void;
}

/** The same log, but for refusals (4xx) beyond 100 in a second: those get one line together when the second is over. */
export function limitRefusals(log: ServerLog): LimitedLog {
  let refused = 0;
  let window: NodeJS.Timeout | undefined;

  const close = () => {
    clearTimeout(window);
    window = undefined;
    const unsaid = refused - MAX_LINES;
    refused = 0;
    if (unsaid > 0) log.warning(`${unsaid} more requests were refused within a second`);
  };

  return {
    ...log,
    close,
    request(entry: RequestLogEntry) {
      const isRefusal = entry.status >= 400 && entry.status < 500;
      if (isRefusal) {
        window ??= setTimeout(close, WINDOW_MS).unref();
        refused += 1;
      }
      if (!isRefusal || refused <= MAX_LINES) log.request(entry);
    },
  };
}

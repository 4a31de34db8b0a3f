/** Limits the log lines of refused requests, so that many of them do not fill the log. */
import { clearTimeout, setTimeout } from 'node:timers';
import type { RequestLogEntry, ServerLog } from './request-log.ts';

const WINDOW_MS = 1000;
/** So many refused requests are logged in one window. */
const MAX_LINES = 100;

export interface LimitedLog extends ServerLog {
  /** Logs the number of requests that have no line yet. */
  close(): void;
}

/** The same log, except that refusals (4xx) beyond 100 in a second share one line at the end of that second. */
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

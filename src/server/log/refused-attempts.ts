/** Limits the rows of refused callbacks, so that a flood of them does not push sign-ins out of the log of attempts. */
import { clearTimeout, setTimeout } from 'node:timers';
import { type Attempt, type AttemptLog, sharedRow } from '../../store/attempt-log.ts';

const WINDOW_MS = 60_000;
/** So many refused callbacks have rows of their own in one window. */
const MAX_ROWS = 1000;
/** And so many while a flood goes on: the log then lasts for days. */
const MAX_ROWS_IN_FLOOD = 10;

export interface LimitedAttempts {
  readonly record: AttemptLog['record'];
  /** Records the number of those that have no row yet. */
  close(): void;
}

/** The same log, except that refused callbacks beyond 1000 in a minute share one row at the end of that minute. */
export function limitRefusedAttempts(
  record: AttemptLog['record'],
  onWarning: (message: string) => void,
): LimitedAttempts {
  let window: NodeJS.Timeout | undefined;
  let allowed = MAX_ROWS;
  let refused = 0;
  let last: Attempt | undefined;

  const close = (): void => {
    clearTimeout(window);
    window = undefined;
    const unsaid = refused - allowed;
    refused = 0;
    allowed = unsaid > 0 ? MAX_ROWS_IN_FLOOD : MAX_ROWS;
    if (last === undefined || unsaid <= 0) return;
    record({ ...last, ...sharedRow(unsaid) });
    onWarning(`${unsaid} refused callbacks share one row in the log of callback attempts`);
    last = undefined;
  };

  return {
    close,
    record(attempt, detail) {
      if (attempt.outcome !== 'refused') return record(attempt, detail);
      window ??= setTimeout(close, WINDOW_MS).unref();
      refused += 1;
      if (refused <= allowed) record(attempt, detail);
      else last = attempt;
    },
  };
}

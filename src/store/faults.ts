/** What SQLite reports, in the words of this program. */
import { type ApiError, Failure, type FailureCode, type Reason, refusal } from '../errors.ts';
import { systemReason } from '../private-file.ts';

/** Primary result codes: extended ones carry them in their low byte (sqlite.org/rescode.html). */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

const REASON_OF: Partial<Record<number, Reason>> = {
  [BUSY]: 'database_busy',
  [LOCKED]: 'database_busy',
  [READONLY]: 'database_io',
  [IOERR]: 'database_io',
  [CORRUPT]: 'database_corrupt',
  [FULL]: 'storage_full',
  [CANTOPEN]: 'database_io',
  [NOTADB]: 'database_corrupt',
};

const FAILURE_OF: Partial<Record<Reason, FailureCode>> = {
  database_busy: 'state_locked',
  database_corrupt: 'state_corrupt',
};

interface SqliteError extends Error {
  readonly errcode: number;
}

function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number';
}

function reasonOf(error: unknown): Reason | undefined {
  return isSqliteError(error) ? REASON_OF[error.errcode & 0xff] : undefined;
}

export function isBusy(error: unknown): boolean {
  return reasonOf(error) === 'database_busy';
}

/** Whether the database, not the statement, is the trouble. */
export function isOutage(error: unknown): boolean {
  return reasonOf(error) !== undefined;
}

/** An error while serving: a 503 with its reason, or the error itself, which is then a bug. */
export function asOutage(error: unknown): ApiError | unknown {
  const reason = reasonOf(error);
  if (reason === undefined || !isSqliteError(error)) return error;
  return refusal(reason, { received: `SQLite code ${error.errcode}`, cause: error });
}

/** An error while opening, of SQLite or the file system: how the command ends. */
export function asFailure(error: unknown, path: string): unknown {
  const cannot = `cannot use the database ${path}`;
  if (isSqliteError(error)) {
    // What has no reason of its own is a schema that was changed by hand: a missing table or column.
    const reason = reasonOf(error) ?? 'database_corrupt';
    return new Failure(FAILURE_OF[reason] ?? 'state_unwritable', `${cannot}: ${error.message}`, HINT[reason], error);
  }
  if (isSystemError(error)) {
    return new Failure('state_unwritable', `${cannot}: ${systemReason(error)}`, HINT.database_io, error);
  }
  return error;
}

const HINT: Partial<Record<Reason, string>> = {
  database_busy: 'Another process holds it; wait for it or stop it.',
  database_corrupt: 'Restore a backup, or move the file away to begin anew; nothing was changed.',
  database_io: 'Check that the path is a file, that its directory exists, and that you may write there.',
  storage_full: 'Free some space.',
};

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

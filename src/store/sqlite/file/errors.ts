/** Errors of SQLite as errors of this program. */
import { dirname } from 'node:path';
import { type ApiError, refusal } from '../../../errors/api-error.ts';
import { Failure, type FailureCode } from '../../../errors/failure.ts';
import type { Reason } from '../../../errors/reasons.ts';
import { hasLocks, withoutLocks } from '../../../machine/file-lock.ts';
import { systemReason } from '../../../machine/private-file.ts';
import { isSqliteError, primaryCode, SQLITE_CODE, saysNoLocks } from '../../../machine/sqlite-code.ts';

const REASON_OF: Partial<Record<number, Reason>> = {
  [SQLITE_CODE.busy]: 'database_busy',
  [SQLITE_CODE.locked]: 'database_busy',
  [SQLITE_CODE.readOnly]: 'database_io',
  [SQLITE_CODE.io]: 'database_io',
  [SQLITE_CODE.corrupt]: 'database_corrupt',
  [SQLITE_CODE.full]: 'storage_full',
  [SQLITE_CODE.cannotOpen]: 'database_io',
  [SQLITE_CODE.notADatabase]: 'database_corrupt',
};

/** sqlite.org/rescode.html */
const SQLITE_IOERR_SHMMAP = 5386;

const FAILURE_OF: Partial<Record<Reason, FailureCode>> = {
  database_busy: 'state_locked',
  database_corrupt: 'state_corrupt',
};

function reasonOf(error: unknown): Reason | undefined {
  return REASON_OF[primaryCode(error) ?? 0];
}

export function isBusy(error: unknown): boolean {
  return reasonOf(error) === 'database_busy';
}

/** Whether the database failed, and not the statement. */
export function isOutage(error: unknown): boolean {
  return reasonOf(error) !== undefined;
}

/** Whether a row was refused because it conflicts with another one. */
export function isConstraint(error: unknown): boolean {
  return primaryCode(error) === SQLITE_CODE.constraint;
}

/**
 * Turns an error while serving into a 503 with its reason. Other errors are bugs and are returned as they are.
 * @param path of the file, where it is not the main database
 */
export function asOutage(error: unknown, path?: string): ApiError | unknown {
  const reason = reasonOf(error);
  if (reason === undefined || !isSqliteError(error)) return error;
  const received = `SQLite code ${error.errcode}${path === undefined ? '' : ` of ${path}`}`;
  return refusal(reason, { received, cause: error });
}

/** Turns an error while opening, of SQLite or the file system, into the failure that ends the command. */
export function asFailure(error: unknown, path: string): unknown {
  const cannot = `cannot use the database ${path}`;
  if (isSqliteError(error)) {
    // Other errors mean that the schema was changed by hand: a table or column is missing.
    if (error.errcode === SQLITE_IOERR_SHMMAP)
      return new Failure(
        'state_unwritable',
        `${cannot}: its file system has no shared memory (mmap), which the log of SQLite needs`,
        'Choose a place on a local disk with --state-dir or --db.',
        error,
      );
    const reason = reasonOf(error) ?? 'database_corrupt';
    if (saysNoLocks(error) || (reason === 'database_busy' && !hasLocks(dirname(path))))
      return withoutLocks(path, error);
    return new Failure(FAILURE_OF[reason] ?? 'state_unwritable', `${cannot}: ${error.message}`, HINT[reason], error);
  }
  if (isSystemError(error)) {
    return new Failure('state_unwritable', `${cannot}: ${systemReason(error)}`, HINT.database_io, error);
  }
  return error;
}

const HINT: Partial<Record<Reason, string>> = {
  database_busy: 'Another process holds its lock; wait for that process or stop it.',
  database_corrupt: 'Restore a backup, or move the file away to start with an empty one; nothing was changed.',
  database_io: 'Check that the path is a file, that its directory exists, and that you have write permission.',
  storage_full: 'Free some disk space.',
};

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return Error.isError(error) && 'syscall' in error;
}

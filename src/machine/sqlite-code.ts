/** Result codes of SQLite, for locks on empty files and for databases. */

/** Primary result codes (sqlite.org/rescode.html). */
export const SQLITE_CODE = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  io: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  constraint: 19,
  notADatabase: 26,
} as const;

interface SqliteError extends Error {
  readonly errcode: number;
}

/** Not by its class: in the contexts of Jest and of the vm pools of Vitest, an error of Node is of another `Error`. */
export function isSqliteError(error: unknown): error is SqliteError {
  return Error.isError(error) && 'errcode' in error && typeof error.errcode === 'number';
}

/** An extended code has its primary code in its low byte. undefined for an error that is not from SQLite. */
export function primaryCode(error: unknown): number | undefined {
  return isSqliteError(error) ? error.errcode & 0xff : undefined;
}

/** SQLITE_PERM, and SQLITE_IOERR with UNLOCK, RDLOCK, CHECKRESERVEDLOCK and LOCK. */
const LOCK_ERRORS: ReadonlySet<number> = new Set([3, 2058, 2314, 3594, 3850]);

/** Whether the system refused a lock for another reason than another holder, such as ENOSYS. ENOLCK looks like one. */
export function saysNoLocks(error: unknown): boolean {
  return isSqliteError(error) && LOCK_ERRORS.has(error.errcode);
}

/** Turns any error into the failure of a command. Errors of the machine, a file or a database are not bugs of this program. */
import { ApiError } from '../errors/api-error.ts';
import { Failure, type FailureCode } from '../errors/failure.ts';
import { REASONS } from '../errors/reasons.ts';
import { systemReason } from '../machine/private-file.ts';

export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof SuppressedError) return failureOf(error.suppressed); // what cleaning up met later
  if (error instanceof ApiError) return ofStore(error);
  if (isSystemError(error)) return ofSystem(error);
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new Failure('bug', `this is a bug of agent-paste, please report it: ${detail}`, undefined, error);
}

/** Only a damaged file is called corrupt, because a person may remove such a file. */
function ofStore(error: ApiError): Failure {
  const { reason, code, detail, message, cause } = error;
  if (code !== 'database_unavailable') return new Failure('invalid_argument', message, undefined, error);
  const said = detail.received === undefined ? message : `${message}: ${detail.received}`;
  if (cause instanceof Failure) return new Failure(cause.code, said, cause.hint, error); // of a server database
  return new Failure(storeCode(reason), said, reason && REASONS[reason].remedy, error);
}

function storeCode(reason: ApiError['reason']): FailureCode {
  if (reason === 'database_busy') return 'state_locked';
  return reason === 'database_corrupt' || reason === 'record_unreadable' ? 'state_corrupt' : 'state_unwritable';
}

/** Errors of programming, which a machine cannot cause. */
const OUR_MISTAKES: ReadonlySet<string> = new Set(['EBADF', 'EFAULT', 'EINVAL', 'ENOSYS', 'ENOTSOCK']);
const OF_THE_NETWORK = /^(?:connect|getaddrinfo|bind|listen)$/;

interface SystemError extends NodeJS.ErrnoException {
  readonly code: string;
  readonly syscall: string;
}

function isSystemError(error: unknown): error is SystemError {
  if (!(error instanceof Error)) return false;
  const { code, syscall } = error as NodeJS.ErrnoException;
  // Node itself refuses to remove a directory in place of a file, with a code of its own.
  const isOne = typeof code === 'string' && /^(?:E[A-Z0-9]+|ERR_FS_EISDIR)$/.test(code);
  return typeof syscall === 'string' && isOne && !OUR_MISTAKES.has(code);
}

function ofSystem(error: SystemError): Failure {
  const { path, syscall, code } = error;
  if (OF_THE_NETWORK.test(syscall)) return new Failure('unreachable', systemReason(error), undefined, error);
  // An error of a stream has no path.
  const what = path === undefined && syscall === 'write' ? `the output cannot be written: ${code}` : undefined;
  const message = what ?? `cannot use ${path ?? syscall}: ${systemReason(error)}`;
  return new Failure('state_unwritable', message, undefined, error);
}

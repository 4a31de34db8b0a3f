/** What PostgreSQL and its driver report, in the words of this program (postgresql.org/docs/current/errcodes-appendix.html). */
import { ApiError, refusal } from '../../errors/api-error.ts';
import { Failure, type FailureCode } from '../../errors/failure.ts';
import type { Reason } from '../../errors/reasons.ts';

interface Trouble {
  /** While serving. */
  readonly reason: Reason;
  /** Whether it may be over soon: nothing was committed, or the table knows what was. */
  readonly passing: boolean;
  /** How a command ends. */
  readonly failure: FailureCode;
}

const trouble = (reason: Reason, failure: FailureCode, passing = false): Trouble => ({ reason, failure, passing });

const UNREACHABLE = trouble('database_unreachable', 'unreachable', true);
const BUSY = trouble('database_busy', 'state_locked', true);
const READ_ONLY = trouble('database_read_only', 'state_locked', true);
const IO = trouble('database_io', 'state_unwritable');
const CORRUPT = trouble('database_corrupt', 'state_corrupt');

/** By SQLSTATE, or by its class of two characters. */
const TROUBLE_OF: Readonly<Record<string, Trouble>> = {
  '08': UNREACHABLE,
  '57P01': UNREACHABLE,
  '57P02': UNREACHABLE,
  '57P03': UNREACHABLE,
  '57P05': UNREACHABLE,
  '25P03': UNREACHABLE,
  '25P04': UNREACHABLE,
  '55P03': BUSY,
  '40P01': BUSY,
  '40001': BUSY,
  '57014': BUSY,
  '53': BUSY,
  '25006': READ_ONLY,
  '53100': trouble('storage_full', 'state_unwritable'),
  '58': IO,
  XX001: CORRUPT,
  XX002: CORRUPT,
  '28': trouble('database_unreachable', 'credentials_refused'),
  '42501': trouble('database_io', 'credentials_refused'),
  '3D000': trouble('database_corrupt', 'not_found'),
  '3F000': trouble('database_corrupt', 'not_found'),
  '42P01': trouble('database_corrupt', 'not_found'),
};

const HINT: Partial<Record<FailureCode, string>> = {
  unreachable: 'Check that the PostgreSQL server runs and that this machine may reach it.',
  state_locked: 'Wait for what holds it, or name the primary server with --db.',
  credentials_refused: 'Check the user, its rights and its password: AGENT_PASTE_DB, PGPASSWORD, or a password file.',
  not_found: 'Check the name of the database; `agent-paste serve` makes its tables.',
  state_corrupt: 'Restore a backup of the database.',
  state_unwritable: 'Check the disk of the PostgreSQL server.',
};

/** An answer whose commit the standby did not confirm: it may be lost in a failover. */
export class Unconfirmed extends Error {
  override readonly name = 'Unconfirmed';
}

/** No connection became free in time. */
export class PoolExhausted extends Error {
  override readonly name = 'PoolExhausted';
}

/** Errors of the driver itself, and of the link under it, which carry no SQLSTATE. */
export class LinkLost extends Error {
  override readonly name = 'LinkLost';
}

/** The link is good, and the statement still waits: its connection cannot be used again. */
export class LockWait extends LinkLost {}

export function sqlState(error: unknown): string | undefined {
  const code = error instanceof Error && 'severity' in error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

function troubleOf(error: unknown): Trouble | undefined {
  if (error instanceof LockWait) return BUSY;
  if (error instanceof LinkLost) return UNREACHABLE;
  if (error instanceof Unconfirmed) return { ...UNREACHABLE, passing: false };
  if (error instanceof PoolExhausted) return BUSY;
  const state = sqlState(error);
  return state === undefined ? undefined : (TROUBLE_OF[state] ?? TROUBLE_OF[state.slice(0, 2)]);
}

/** Whether to begin again with reading, within the budget. */
export function isPassing(error: unknown): boolean {
  return troubleOf(error)?.passing ?? false;
}

/** Whether the session is over, or may be. Its code tells: the severity is in the language of the server. */
export function endedSession(error: unknown): boolean {
  return error instanceof LinkLost || troubleOf(error)?.reason === UNREACHABLE.reason;
}

/** A row that conflicts with another one, which another process wrote or removed at the same time. */
export function isConstraint(error: unknown): boolean {
  return ['23503', '23505'].includes(sqlState(error) ?? '');
}

export function isOutage(error: unknown): boolean {
  return troubleOf(error) !== undefined || error instanceof ApiError;
}

/** An error while serving: a 503 with its reason, and how a command ends; or the error itself, which is then a bug. */
export function asOutage(error: unknown): unknown {
  const found = troubleOf(error);
  if (found === undefined) return error;
  const received = words(error);
  return refusal(found.reason, { received, cause: new Failure(found.failure, received, HINT[found.failure], error) });
}

/** An error of a command: how it ends. @param name of the database, without its password */
export function asFailure(error: unknown, name: string): unknown {
  if (error instanceof MissingPassword)
    return new Failure(
      'credentials_refused',
      `${name}: the server asks for a password`,
      HINT.credentials_refused,
      error,
    );
  const found = troubleOf(error);
  if (found === undefined) return error;
  return new Failure(found.failure, `cannot use the database ${name}: ${words(error)}`, HINT[found.failure], error);
}

/** The server asked for a password, and there is none. */
export class MissingPassword extends Error {
  override readonly name = 'MissingPassword';
}

function words(error: unknown): string {
  const state = sqlState(error);
  const text = error instanceof Error ? error.message : String(error);
  return state === undefined ? text : `${text} (SQLSTATE ${state})`;
}

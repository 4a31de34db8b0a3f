/** What `doctor` says: one finding for each thing looked at, with a stable code. */
import { Failure } from '../errors.ts';

export interface Finding {
  /** Stable: scripts match it. */
  readonly code: FindingCode;
  readonly severity: 'ok' | 'warning' | 'error';
  readonly message: string;
  /** What to do; for everything that is not ok. */
  readonly remedy?: string;
}

/** Everything that is looked at, in the order in which it is said. */
export const FINDING_CODES = [
  'node_version',
  'sqlite_version',
  'configuration',
  'state_directory',
  'free_space',
  'pepper_file',
  'database',
  'database_integrity',
  'database_schema',
  'database_pepper',
  'database_log',
  'callback_log',
  'sign_ins',
  'user_directory',
  'signing_keys',
  'signing_key_age',
  'port',
  'jwks',
  'user_endpoint',
  'clock',
] as const;

export type FindingCode = (typeof FINDING_CODES)[number];

export function ok(code: FindingCode, message: string): Finding {
  return { code, severity: 'ok', message };
}

export function warning(code: FindingCode, message: string, remedy: string): Finding {
  return { code, severity: 'warning', message, remedy };
}

export function error(code: FindingCode, message: string, remedy: string): Finding {
  return { code, severity: 'error', message, remedy };
}

/** A failure of what was looked at is the finding. */
export function judged(code: FindingCode, look: () => Finding): Finding {
  try {
    return look();
  } catch (failure) {
    if (failure instanceof Failure)
      return error(code, failure.message, failure.hint ?? 'See `agent-paste doctor --help`.');
    throw failure;
  }
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

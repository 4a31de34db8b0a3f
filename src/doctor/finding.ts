/** What `doctor` says: one finding for each thing looked at, with a stable code. */

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
  'configuration',
  'state_directory',
  'free_space',
  'pepper_file',
  'database',
  'database_integrity',
  'database_schema',
  'database_pepper',
  'database_log',
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

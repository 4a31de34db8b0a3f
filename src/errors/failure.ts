/** The failure of a command that cannot go on. */
import { constants } from 'node:os';

/** The meaning of each exit code, for `--help` and docs/commands.md. */
export const EXIT_CODE_MEANINGS = {
  0: 'done',
  1: 'the verdict is no: an expectation failed, the token was refused, or `check` or `doctor` found a problem',
  2: 'the usage, the configuration or the seed is invalid',
  3: 'the target is unreachable or timed out',
  4: 'the target refused our credentials',
  5: 'not found',
  6: 'a conflict, or a callback that was still in flight when the time ran out',
  7: 'the local state cannot be used: it is locked or corrupt, has the wrong owner or a newer schema',
  70: 'a bug in agent-paste',
  130: 'interrupted by SIGINT',
  143: 'terminated by SIGTERM',
} as const satisfies Record<number, string>;

/** The codes of failures, with their exit codes. */
export const EXIT_CODES = {
  verdict_no: 1,
  invalid_argument: 2,
  invalid_config: 2,
  invalid_seed: 2,
  invalid_key: 2,
  unsupported_runtime: 2,
  unreachable: 3,
  timed_out: 3,
  credentials_refused: 4,
  not_found: 5,
  conflict: 6,
  in_flight: 6,
  state_locked: 7,
  state_corrupt: 7,
  state_unsafe: 7,
  state_newer: 7,
  state_mismatch: 7,
  state_unwritable: 7,
  bug: 70,
} as const satisfies Record<string, keyof typeof EXIT_CODE_MEANINGS>;

export type FailureCode = keyof typeof EXIT_CODES;

/** Of a command that a signal ended, as a shell gives it. */
export function signalExitCode(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

/** The end of a command that cannot go on: one line for people, a code for scripts, an exit code for the shell. */
export class Failure extends Error {
  readonly code: FailureCode;
  /** The next step, in one sentence. */
  readonly hint: string | undefined;

  constructor(code: FailureCode, message: string, hint?: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'Failure';
    this.code = code;
    this.hint = hint;
  }

  get exitCode(): number {
    return EXIT_CODES[this.code];
  }
}

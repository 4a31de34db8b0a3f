/** The texts about one reason, for answers, the log, `explain` and `docs/rejections.md`. */
import type { ErrorCode } from '../codes.ts';

export interface ReasonRow {
  readonly code: ErrorCode;
  /** One sentence for the caller. */
  readonly message: string;
  /** The next step. */
  readonly remedy: string;
  /** The usual cause. */
  readonly cause: string;
  /** The fault of `agent-paste mint --fault` whose token is refused for this reason, if a token alone can cause it. */
  readonly fault?: string;
}

/** Rows by the value of `error.reason`. */
export type ReasonRows = Readonly<Record<string, ReasonRow>>;

/** The interface between the use case and a database: one callback, one answer (contract §1, steps 5 to 7). */
import type { SuccessfulOutcome } from './outcome.ts';
import type { Trace } from './trace.ts';

/** A verified callback that is ready to be answered. */
export interface Callback {
  readonly issuer: string;
  readonly subject: string;
  readonly email: string;
  /** `workos-jti:…` or `workos-session:…`. */
  readonly idempotencyKey: string;
  /** Milliseconds since 1970; everything that this callback writes has this time. */
  readonly now: number;
  /** The answer is replayed until this time, in milliseconds since 1970. */
  readonly expiresAt: number;
  readonly requestId: string;
  readonly trace?: Trace | undefined;
}

export interface Resolution {
  readonly outcome: SuccessfulOutcome;
  readonly status: number;
  /** The exact bytes of the answer. */
  readonly body: Uint8Array;
  /** `jti_reused_across_subjects`: another user, or the user of another issuer, has used the same key. */
  readonly warning?: string;
}

/** A database as far as it answers callbacks. */
export interface CallbackStore {
  /**
   * Answers a callback exactly once. If its record has not expired, the answer is the stored bytes; otherwise it is for a
   * known member, or for a new one. Record, rows and events are written in one commit.
   * @throws ApiError database_busy, storage_full, database_io, database_corrupt, record_unreadable
   */
  resolveMember(callback: Callback): Promise<Resolution>;
}

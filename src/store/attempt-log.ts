/** The outcome of each callback, for support. No callback waits for this log. */
import type { Outcome } from '../callback/outcome.ts';

export interface Attempt {
  /** ISO 8601. */
  readonly at: string;
  readonly request_id: string;
  readonly status: number;
  readonly outcome: Outcome;
  readonly reason: string | null;
  /** This and the next two come from a token with a valid signature, accepted or refused. */
  readonly issuer: string | null;
  readonly subject: string | null;
  readonly session_id: string | null;
  /** From an accepted token. */
  readonly idempotency_key: string | null;
  readonly expected: string | null;
  readonly received: string | null;
  readonly milliseconds: number;
  /** From a token with a valid signature. */
  readonly token_id: string | null;
  /** This and the next three are what a token says whose signature was not verified: anyone can write them. */
  readonly claimed_issuer: string | null;
  readonly claimed_subject: string | null;
  readonly claimed_session_id: string | null;
  readonly claimed_token_id: string | null;
  /** The address that WorkOS had for the user at that time. */
  readonly email: string | null;
}

/** What a row says under `received` if it stands for so many refused callbacks. No other refused row lacks `expected`. */
export function sharedRow(callbacks: number): Pick<Attempt, 'expected' | 'received'> {
  return { expected: null, received: `${SHARED_ROW.start}${callbacks}${SHARED_ROW.end}` };
}

export const SHARED_ROW = { start: 'the last of ', end: ' refused callbacks within a minute' } as const;

/** The number of callbacks for which a row stands. */
export function callbacksOf(row: Pick<Attempt, 'outcome' | 'expected' | 'received'>): number {
  const { outcome, expected, received } = row;
  if (outcome !== 'refused' || expected !== null || !received?.startsWith(SHARED_ROW.start)) return 1;
  return Number(received.slice(SHARED_ROW.start.length, -SHARED_ROW.end.length)) || 1;
}

/** Works out what the inspector shows of a callback, as JSON of at most 8,192 characters. It never rejects. */
export type Detailing = () => Promise<string | undefined>;

export interface AttemptLog {
  /** Adds a row; it is written within a tenth of a second. */
  record(attempt: Attempt, detail?: Detailing): void;
  /** Writes the waiting rows. */
  flush(): Promise<void>;
  /** Writes the waiting rows, unless that would take long. */
  close(): Promise<void>;
}

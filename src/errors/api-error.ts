/** A refusal or an outage as an answer of the API carries it. */
import { type ErrorCode, HTTP_STATUS } from './codes.ts';
import { REASONS, type Reason } from './reasons.ts';

/** The user of a refused token according to its claims; null for a claim that cannot be shown. */
export interface Sender {
  /** Whether its signature is valid. If not, the claims may be forged, and must not be linked to a member. */
  readonly verified: boolean;
  readonly subject: string | null;
  readonly sessionId: string | null;
  readonly tokenId: string | null;
  readonly issuer: string | null;
}

export interface ErrorDetail {
  /** The accepted values, for `explain` and the log. Never a secret. */
  readonly expected?: string;
  /** The value that was sent. Never a token; escape it before printing. */
  readonly received?: string;
  /** For the log: advice for the person who runs the server. */
  readonly remedy?: string;
  /** Seconds for `Retry-After`. */
  readonly retryAfter?: number;
  /** Value of `Allow` on a 405. */
  readonly allow?: string;
  /** For the log and the attempts; never part of an answer. */
  readonly who?: Sender;
  readonly cause?: unknown;
}

/** A refusal or an outage as an answer of the API carries it. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly reason: Reason | undefined;
  readonly detail: ErrorDetail;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}, reason?: Reason) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'ApiError';
    this.code = code;
    this.reason = reason;
    this.detail = detail;
  }

  get status(): number {
    return HTTP_STATUS[this.code];
  }

  /** The same error, with the user of the token. */
  about(who: Sender | undefined): ApiError {
    return who === undefined ? this : new ApiError(this.code, this.message, { ...this.detail, who }, this.reason);
  }
}

/** The error for a reason, with code and message from the table. */
export function refusal(reason: Reason, detail: ErrorDetail = {}): ApiError {
  const { code, message } = REASONS[reason];
  return new ApiError(code, message, code === 'not_authenticated' ? detail : { retryAfter: 1, ...detail }, reason);
}

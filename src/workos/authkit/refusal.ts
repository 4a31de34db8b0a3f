/** Refusals in the form of WorkOS, with a code and a message, or in that of OAuth (RFC 6749 section 5.2). */

/** What would have been mailed. */
export interface Mail {
  readonly to: string;
  readonly code: string;
}

export interface Refusal {
  readonly status: 400 | 401 | 403 | 404 | 422 | 429 | 503;
  readonly body: Readonly<Record<string, unknown>>;
  /** The reason in the log. */
  readonly reason: string;
  /** Seconds. */
  readonly retryAfter?: number;
  /** Sent once the refusal is committed. */
  readonly mail?: Mail;
}

export function isRefusal(value: Refusal | object): value is Refusal {
  return 'reason' in value && 'status' in value && 'body' in value;
}

export function oauthRefusal(error: string, description: string): Refusal {
  return { status: 400, body: { error, error_description: description }, reason: error };
}

/** @param more other members of the body */
export function codedRefusal(
  status: Refusal['status'],
  code: string,
  message: string,
  more: Readonly<Record<string, unknown>> = {},
): Refusal {
  return { status, body: { code, message, ...more }, reason: code };
}

export function invalidGrant(description: string): Refusal {
  return oauthRefusal('invalid_grant', description);
}

export const SESSION_OVER = invalidGrant('Session has already ended.');

/** Codes of the error envelope with their HTTP status (contract §1, Errors). Clients match the code. */
export const HTTP_STATUS = {
  invalid_request: 400,
  invalid_cursor: 400,
  not_authenticated: 401,
  forbidden: 403,
  not_found: 404,
  artifact_not_found: 404,
  method_not_allowed: 405,
  idempotency_in_flight: 409,
  payload_too_large: 413,
  expectation_failed: 417,
  host_not_allowed: 421,
  internal_error: 500,
  database_unavailable: 503,
  verification_unavailable: 503,
} as const;

export type ErrorCode = keyof typeof HTTP_STATUS;

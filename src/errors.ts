/**
 * Every way this program says no, in two closed tables:
 * what an answer of the API carries (`ApiError`) and how a command ends (`Failure`).
 */

/** Codes of the error envelope with their HTTP status (contract §1, Errors). Clients match on the code. */
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
  host_not_allowed: 421,
  internal_error: 500,
  database_unavailable: 503,
  verification_unavailable: 503,
} as const;

export type ErrorCode = keyof typeof HTTP_STATUS;

interface ReasonRow {
  readonly code: ErrorCode;
  /** One sentence for whoever receives the answer. */
  readonly message: string;
  /** What to do next. */
  readonly remedy: string;
}

/**
 * The machine-readable cause carried by 401 and 503 answers as `error.reason`, by the log, by `explain` and by
 * `docs/rejections.md`. Adding a reason means adding a row; nothing else may invent one.
 */
export const REASONS = {
  no_bearer: {
    code: 'not_authenticated',
    message: 'no bearer token in the Authorization header',
    remedy: 'Send `Authorization: Bearer <access token>`; tokens in a query, a cookie or a body are never read.',
  },
  multiple_credentials: {
    code: 'not_authenticated',
    message: 'more than one Authorization header',
    remedy: 'Send exactly one Authorization header; a proxy in between may be adding its own.',
  },
  token_too_large: {
    code: 'not_authenticated',
    message: 'the token is longer than 8192 characters',
    remedy: 'Check what was sent: an AuthKit access token has about a thousand characters.',
  },
  malformed_token: {
    code: 'not_authenticated',
    message: 'the token is not three canonical base64url parts',
    remedy: 'Send the access token exactly as issued: no quotes, spaces, padding, line breaks or URL encoding.',
  },
  encrypted_token: {
    code: 'not_authenticated',
    message: 'the token is encrypted (five parts), not signed (three)',
    remedy: 'Send the AuthKit access token, not a sealed session cookie or a JWE.',
  },
  header_invalid: {
    code: 'not_authenticated',
    message: 'the token header is not a valid JOSE header',
    remedy: 'Mint the token with a JWT library; the header must be a JSON object with a string `alg`.',
  },
  duplicate_member: {
    code: 'not_authenticated',
    message: 'the token names a header member or claim twice',
    remedy:
      'Remove the second member: parsers disagree about which one counts (RFC 7515 section 4, RFC 7519 section 4).',
  },
  alg_not_allowed: {
    code: 'not_authenticated',
    message: 'the token is not signed with RS256',
    remedy: 'Sign with RS256; it is the only algorithm AuthKit uses and the only one accepted.',
  },
  crit_not_supported: {
    code: 'not_authenticated',
    message: 'the token requires an extension that is not supported',
    remedy: 'Issue the token without `crit`; no JWS extension is understood here.',
  },
  untrusted_key_header: {
    code: 'not_authenticated',
    message: 'the token brings its own key (jwk, jku, x5u, x5c or x5t)',
    remedy: 'Remove the member; keys come from the configured JWKS alone and a token never names its own.',
  },
  typ_not_allowed: {
    code: 'not_authenticated',
    message: 'the token is of another type than an access token',
    remedy: 'Send the access token; an ID, logout or event token is something else.',
  },
  kid_invalid: {
    code: 'not_authenticated',
    message: 'the key id of the token is not a usable string',
    remedy: 'Set `kid` to the id of the signing key as the JWKS lists it.',
  },
  kid_unknown: {
    code: 'not_authenticated',
    message: 'no key of the JWKS has the key id of the token',
    remedy:
      'Compare the `kid` with the JWKS: the key was removed, or the token comes from another environment or client.',
  },
  key_ambiguous: {
    code: 'not_authenticated',
    message: 'more than one key of the JWKS fits the token',
    remedy: 'Give every key of the JWKS its own `kid` and name it in the token header.',
  },
  bad_signature: {
    code: 'not_authenticated',
    message: 'the signature of the token does not verify',
    remedy: 'The token was changed after signing, or signed by another key under the same `kid`.',
  },
  payload_invalid: {
    code: 'not_authenticated',
    message: 'the token payload is not a JSON object',
    remedy: 'Mint the token with a JWT library; claims are one JSON object in UTF-8.',
  },
  bad_exp: {
    code: 'not_authenticated',
    message: 'the token has no usable expiry (exp)',
    remedy: 'Set `exp` to a number: seconds since 1970.',
  },
  expired: {
    code: 'not_authenticated',
    message: 'the token has expired',
    remedy: 'Get a fresh token: AuthKit tokens live about five minutes. If it is fresh, compare the clocks.',
  },
  not_yet_valid: {
    code: 'not_authenticated',
    message: 'the token is not valid yet (nbf)',
    remedy: 'Wait until `nbf`, or compare the clocks of issuer and server.',
  },
  issued_in_future: {
    code: 'not_authenticated',
    message: 'the token was issued in the future (iat)',
    remedy: 'Compare the clocks of issuer and server; up to 60 seconds are tolerated.',
  },
  bad_numeric_date: {
    code: 'not_authenticated',
    message: 'a date of the token (exp, nbf or iat) is not a sensible number of seconds',
    remedy: 'Use seconds since 1970, not milliseconds or text, with `exp` later than `iat`.',
  },
  issuer_mismatch: {
    code: 'not_authenticated',
    message: 'the token comes from another issuer than the configured one',
    remedy:
      'Set WORKOS_ISSUER to the `iss` of your tokens; newer environments use https://api.workos.com/user_management/<client id>.',
  },
  client_id_mismatch: {
    code: 'not_authenticated',
    message: 'the token was issued to another client, or to none',
    remedy:
      'Set WORKOS_CLIENT_ID to the client of your tokens, or accept tokens without one with `--client-id-claim optional`.',
  },
  missing_sub: {
    code: 'not_authenticated',
    message: 'the token has no subject (sub)',
    remedy: 'Send a user access token: `sub` is the WorkOS user id.',
  },
  bad_sub: {
    code: 'not_authenticated',
    message: 'the subject (sub) of the token cannot be a WorkOS user id',
    remedy: 'Send a user access token: `sub` is a string such as user_01J….',
  },
  no_session_or_token_id: {
    code: 'not_authenticated',
    message: 'missing WorkOS token_id or session_id',
    remedy: 'Send a token with a non-blank `jti` or `sid`; without one a retry could not be told from a new sign-in.',
  },
  bad_token_id: {
    code: 'not_authenticated',
    message: 'the token id (jti) is not a usable string',
    remedy: 'Set `jti` to 1 to 255 visible characters.',
  },
  bad_session_id: {
    code: 'not_authenticated',
    message: 'the session id (sid) is not a usable string',
    remedy: 'Set `sid` to 1 to 255 visible characters.',
  },
  user_fetch_failed: {
    code: 'not_authenticated',
    message: 'WorkOS does not know the user of the token',
    remedy: 'The user was deleted, or the API key belongs to another environment. Locally: `agent-paste users list`.',
  },
  user_id_mismatch: {
    code: 'not_authenticated',
    message: 'WorkOS answered with another user than the one asked for',
    remedy: 'Check what answers at the WorkOS base URL; the `id` must equal the `sub` of the token.',
  },
  user_email_missing: {
    code: 'not_authenticated',
    message: 'the WorkOS user has no usable e-mail address',
    remedy: 'Give the user an e-mail address in WorkOS.',
  },
  bad_api_key: {
    code: 'not_authenticated',
    message: 'the API key is unknown, revoked or wrong',
    remedy:
      'Send a live key as `Authorization: Bearer ap_pk_…`; `agent-paste inspect keys` lists public ids and their state.',
  },
  jwks_unavailable: {
    code: 'verification_unavailable',
    message: 'the JWKS cannot be fetched',
    remedy: 'Check WORKOS_JWKS_URL and the network; the token itself was not judged.',
  },
  jwks_invalid: {
    code: 'verification_unavailable',
    message: 'the JWKS endpoint answers, but not with a usable key set',
    remedy: 'Open the JWKS URL: it must answer 200 with RSA public keys of 2048 bits or more.',
  },
  user_endpoint_unavailable: {
    code: 'verification_unavailable',
    message: 'the WorkOS user endpoint cannot be asked',
    remedy: 'Check WORKOS_API_BASE_URL and the network; the token itself is good.',
  },
  workos_credentials_refused: {
    code: 'verification_unavailable',
    message: 'WorkOS refuses the API key of this server',
    remedy: 'Set WORKOS_API_KEY to a key of the same environment as WORKOS_CLIENT_ID; the token itself is good.',
  },
  database_busy: {
    code: 'database_unavailable',
    message: 'the database stayed locked for too long',
    remedy: 'Try again; another process holds the write lock of the database file.',
  },
  storage_full: {
    code: 'database_unavailable',
    message: 'the disk of the database is full',
    remedy: 'Free some space; nothing was written, and replays go on.',
  },
  database_io: {
    code: 'database_unavailable',
    message: 'the database file cannot be read or written',
    remedy: 'Check the disk and the permissions of the state directory; nothing was acknowledged.',
  },
  database_corrupt: {
    code: 'database_unavailable',
    message: 'the database file is damaged',
    remedy: 'Stop the server and restore a backup, or `agent-paste reset` to begin anew.',
  },
  database_replaced: {
    code: 'database_unavailable',
    message: 'the database file was replaced or removed while the server was running',
    remedy: 'Start the server again: it ends when it notices, with exit code 7.',
  },
  record_unreadable: {
    code: 'database_unavailable',
    message: 'the stored answer of this callback cannot be opened',
    remedy: 'The pepper file is not the one that sealed it, or the record was changed; restore the pepper file.',
  },
} as const satisfies Record<string, ReasonRow>;

export type Reason = keyof typeof REASONS;

export interface ErrorDetail {
  /** What a good value would have been, for `explain` and the log. Never a secret. */
  readonly expected?: string;
  /** What came instead. Never a token; escape before printing. */
  readonly received?: string;
  /** Seconds for `Retry-After`. */
  readonly retryAfter?: number;
  /** Value of `Allow` on a 405. */
  readonly allow?: string;
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
}

/** The error of a reason: code and message come from the table. */
export function refusal(reason: Reason, detail: ErrorDetail = {}): ApiError {
  const { code, message } = REASONS[reason];
  return new ApiError(code, message, code === 'not_authenticated' ? detail : { retryAfter: 1, ...detail }, reason);
}

/** How a command can end badly, with its exit code (docs/commands.md, Exit codes). */
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
} as const;

export type FailureCode = keyof typeof EXIT_CODES;

/** A command that cannot go on: one line for the person, a code for the script, an exit code for the shell. */
export class Failure extends Error {
  readonly code: FailureCode;
  /** What to do next, one sentence. */
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

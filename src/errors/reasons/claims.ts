/** Reasons to refuse the claims of a token. */
import type { ReasonRows } from './reason.ts';

export const CLAIM_REASONS = {
  payload_invalid: {
    code: 'not_authenticated',
    message: 'the token payload is not a JSON object',
    remedy: 'Mint the token with a JWT library; claims are one JSON object in UTF-8.',
    cause: 'The payload is another token, or something that is not JSON.',
    fault: 'payload-nested-token',
  },
  bad_exp: {
    code: 'not_authenticated',
    message: 'the token has no usable expiry (exp)',
    remedy: 'Set `exp` to a number: seconds since 1970.',
    cause: 'The token was made by hand, with `exp` missing or in quotes.',
    fault: 'exp-missing',
  },
  expired: {
    code: 'not_authenticated',
    message: 'the token has expired',
    remedy: 'Get a fresh token: AuthKit tokens live about five minutes. If it is fresh, compare the clocks.',
    cause: 'The dashboard kept the token past its expiry and did not refresh it, or the clock of the server is ahead.',
    fault: 'expired',
  },
  not_yet_valid: {
    code: 'not_authenticated',
    message: 'the token is not valid yet (nbf)',
    remedy: 'Wait until `nbf`, or compare the clocks of issuer and server.',
    cause: 'The clock of the server is behind that of the issuer.',
    fault: 'not-yet-valid',
  },
  issued_in_future: {
    code: 'not_authenticated',
    message: 'the token was issued in the future (iat)',
    remedy: 'Compare the clocks of issuer and server; up to 60 seconds are tolerated.',
    cause: 'The clock of the server is behind by more than a minute.',
    fault: 'issued-in-future',
  },
  bad_numeric_date: {
    code: 'not_authenticated',
    message: 'a date of the token (exp, nbf or iat) is not a sensible number of seconds',
    remedy: 'Use seconds since 1970, not milliseconds or text, with `exp` later than `iat`.',
    cause: 'The issuer counts milliseconds, as the clock of JavaScript does.',
    fault: 'exp-infinite',
  },
  issuer_mismatch: {
    code: 'not_authenticated',
    message: 'the token comes from another issuer than the configured one',
    remedy:
      'Set WORKOS_ISSUER to the `iss` of your tokens; newer environments use https://api.workos.com/user_management/<client id>.',
    cause:
      'The server expects `https://api.workos.com`, but the environment issues the newer form, `https://api.workos.com/user_management/<client id>`, or that of a custom AuthKit domain; or the other way round. This has caused a complete production outage before.',
    fault: 'iss-other',
  },
  client_id_mismatch: {
    code: 'not_authenticated',
    message: 'the token was issued to another client, or does not name one',
    remedy:
      'Set WORKOS_CLIENT_ID to the client of your tokens, or accept tokens without one with `--client-id-claim optional`.',
    cause:
      'The server is configured for another application than the dashboard, or the tokens of the environment do not name a client, as with some AuthKit session tokens.',
    fault: 'client-id-other',
  },
  missing_sub: {
    code: 'not_authenticated',
    message: 'the token has no subject (sub)',
    remedy: 'Send a user access token: `sub` is the WorkOS user id.',
    cause: 'The token belongs to a machine, not to a person.',
    fault: 'sub-proto',
  },
  bad_sub: {
    code: 'not_authenticated',
    message: 'the subject (sub) of the token cannot be a WorkOS user id',
    remedy: 'Send a user access token: `sub` is a string such as user_01J….',
    cause: 'The token was made by hand, or it is an attempt to change the path of the user look-up.',
    fault: 'sub-number',
  },
  no_session_or_token_id: {
    code: 'not_authenticated',
    message: 'missing WorkOS token_id or session_id',
    remedy:
      'Send a token with a non-blank `jti` or `sid`; without one a retry could not be distinguished from a new sign-in.',
    cause: 'The JWT template of the environment omits `sid` and `jti`, or leaves them blank.',
    fault: 'ids-missing',
  },
  bad_token_id: {
    code: 'not_authenticated',
    message: 'the token id (jti) is not a usable string',
    remedy: 'Set `jti` to 1 to 255 visible characters.',
    cause: 'A JWT template makes `jti` a number or an object, or longer than 255 characters.',
    fault: 'jti-number',
  },
  bad_session_id: {
    code: 'not_authenticated',
    message: 'the session id (sid) is not a usable string',
    remedy: 'Set `sid` to 1 to 255 visible characters.',
    cause: 'A JWT template makes `sid` a number or an object, or longer than 255 characters.',
    fault: 'sid-number',
  },
} as const satisfies ReasonRows;

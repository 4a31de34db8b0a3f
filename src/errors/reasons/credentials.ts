/** Reasons to refuse the Authorization header, before the token is read. */
import type { ReasonRows } from './reason.ts';

export const CREDENTIAL_REASONS = {
  no_bearer: {
    code: 'not_authenticated',
    message: 'no bearer token in the Authorization header',
    remedy: 'Send `Authorization: Bearer <access token>`; tokens in a query, a cookie or a body are never read.',
    cause:
      'The dashboard called before the sign-in was complete, a proxy removed the header, or the scheme is another one (`Basic`, `Token`, `DPoP`).',
  },
  multiple_credentials: {
    code: 'not_authenticated',
    message: 'more than one Authorization header',
    remedy: 'Send exactly one Authorization header.',
    cause: 'A proxy or gateway adds an Authorization header of its own to the one that the client sent.',
  },
  token_too_large: {
    code: 'not_authenticated',
    message: 'the token is longer than 8192 characters',
    remedy: 'Check what was sent: an AuthKit access token has about a thousand characters.',
    cause: 'Something else was sent, such as a sealed session or a file, or the token carries a whole user profile.',
    fault: 'token-too-large',
  },
  malformed_token: {
    code: 'not_authenticated',
    message: 'the token is not three canonical base64url parts',
    remedy: 'Send the access token exactly as issued: without quotes, spaces, padding, line breaks or URL encoding.',
    cause:
      'The token was copied from a wrapped line, put in quotes, URL-encoded, cut off, or read from a file with a byte order mark. Or a program that had no token sent the word `null` or `undefined`.',
    fault: 'leading-tab',
  },
  encrypted_token: {
    code: 'not_authenticated',
    message: 'the token is encrypted (five parts), not signed (three)',
    remedy: 'Send the AuthKit access token, not a sealed session cookie or a JWE.',
    cause: 'The sealed session cookie of an SDK was sent instead of the access token inside it.',
    fault: 'five-parts',
  },
} as const satisfies ReasonRows;

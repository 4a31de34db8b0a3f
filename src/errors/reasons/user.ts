/** Reasons to refuse the user of a valid token, or an API key. */
import type { ReasonRows } from './reason.ts';

export const USER_REASONS = {
  user_fetch_failed: {
    code: 'not_authenticated',
    message: 'WorkOS does not know the user of the token',
    remedy: 'The user was deleted, or the API key belongs to another environment. Locally: `agent-paste users list`.',
    cause:
      'The user was deleted after the sign-in, or `WORKOS_API_KEY` belongs to another environment. Locally: the token was minted for another state directory.',
  },
  user_id_mismatch: {
    code: 'not_authenticated',
    message: 'WorkOS answered with another user than the one asked for',
    remedy: 'Check what answers at the WorkOS base URL; the `id` must equal the `sub` of the token.',
    cause: 'A stub or a proxy at the WorkOS base URL always answers with the same user.',
  },
  user_email_missing: {
    code: 'not_authenticated',
    message: 'the WorkOS user has no usable e-mail address',
    remedy: 'Give the user an e-mail address in WorkOS.',
    cause: 'The user has no address, as with users that some directory connections create.',
  },
  bad_api_key: {
    code: 'not_authenticated',
    message: 'the API key is unknown, revoked or wrong',
    remedy:
      'Send a live key as `Authorization: Bearer ap_pk_…`; `agent-paste inspect keys` lists public ids and their state.',
    cause:
      'A WorkOS access token was sent to a route for API keys, the key was revoked, or it belongs to another database.',
  },
} as const satisfies ReasonRows;

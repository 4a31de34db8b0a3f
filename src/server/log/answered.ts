/** A request and its answer, for the log line and the attempts log. */
import type { RequestContext } from '../../callback/callback.ts';
import type { Outcome } from '../../callback/outcome.ts';
import type { ApiError, Sender } from '../../errors/api-error.ts';
import { HTTP_STATUS } from '../../errors/codes.ts';

/** The outcome of a request of the sign-in. */
type SignInOutcome =
  | 'page'
  | 'signed_in'
  | 'signed_in (--sign-in-as)'
  | 'denied'
  | 'exchanged'
  | 'refreshed'
  | 'refresh_repeated'
  | 'signed_out';

/** What a route reports about a request. Each step replaces it with a new one; it is never changed in place. */
export interface Account {
  /** The user of the access token, once the token is accepted. */
  readonly who?: Sender;
  /** WorkOS user id of the person who signed in on the page. */
  readonly user?: string;
  readonly idempotencyKey?: string;
  /** The address of the user, once WorkOS has told it. */
  readonly email?: string;
  readonly outcome?: Outcome;
  readonly signIn?: SignInOutcome;
  /** The reason of a refusal that is not an `error`. */
  readonly reason?: string;
  readonly warning?: string | undefined;
}

export interface Answered {
  readonly context: RequestContext;
  readonly account: Account;
  /** The error that refused it, if any. */
  readonly error: ApiError | undefined;
  readonly status: number;
  readonly milliseconds: number;
}

/** The user of the token: `verified` also for a refused token whose signature is valid, `claimed` if it is not. */
export function senderOf({ account, error }: Pick<Answered, 'account' | 'error'>): {
  readonly verified?: Sender;
  readonly claimed?: Sender;
} {
  const who = account.who ?? error?.detail.who;
  if (who === undefined) return {};
  return who.verified ? { verified: who } : { claimed: who };
}

/** How a refusal appears in the log and in the list of attempts. */
export function outcomeOf({ code }: ApiError): Outcome {
  if (code === 'idempotency_in_flight') return 'in_flight';
  return HTTP_STATUS[code] >= 500 ? 'unavailable' : 'refused';
}

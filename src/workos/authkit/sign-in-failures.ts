/**
 * Deliberate failures of a sign-in, a row for each. A person chooses one on the page, or a seed sets one for a user. So a
 * dashboard can be tested with failures that are rare in production.
 */
import { userObject } from '../user-object.ts';
import type { DirectoryUser } from '../users.ts';
import type { SignInContext } from './authkit.ts';
import { issueOneTimeCode, mailOf } from './one-time-code.ts';
import { keepPending, type PendingBeginning } from './pending.ts';
import { codedRefusal, type Refusal, SESSION_OVER } from './refusal.ts';
import type { SessionRow, SignInRows } from './sign-ins.ts';

/** The error that the browser brings back instead of a code. */
export type Returned = Readonly<Record<string, string>>;

interface Failure {
  readonly name: string;
  /** A description for the page. */
  readonly says: string;
  /** The reaction of the SDKs. */
  readonly meets: string;
  /** The answer that ends the sign-in. */
  readonly instead?: Returned;
  /** A change of the redirect back. */
  readonly back?: (returned: Returned) => Returned;
  /** The code has expired when it arrives. */
  readonly isExpired?: true;
  /** The answer instead of the tokens. */
  readonly exchange?: (failing: Failing) => Refusal;
  readonly refresh?: (failing: Pick<Failing, 'rows' | 'user' | 'context'>, session: SessionRow) => Refusal;
}

interface Failing {
  readonly rows: SignInRows;
  readonly user: DirectoryUser;
  readonly beginning: PendingBeginning;
  readonly context: SignInContext;
  /** The next sign-in succeeds. */
  readonly relent: () => void;
}

const ONCE = 'unavailable-once';
/** Marks a user whose last sign-in was unavailable: the next one succeeds, and the one after it fails again. */
const RELENTED = `${ONCE}:relented`;

export const SIGN_IN_FAILURES: readonly Failure[] = [
  {
    name: 'denied',
    says: 'The user denies',
    meets: 'the callback route gets error=access_denied and no code',
    instead: { error: 'access_denied', error_description: 'The user denied the sign-in.' },
  },
  {
    name: 'provider-failed',
    says: 'The provider fails',
    meets: 'the callback route gets error=oauth_failed and no code',
    instead: { error: 'oauth_failed', error_description: 'The provider did not answer as OAuth asks.' },
  },
  {
    name: 'server-error',
    says: 'WorkOS fails',
    meets: 'the callback route gets error=server_error and no code',
    instead: { error: 'server_error', error_description: 'Something went wrong at the server.' },
  },
  {
    name: 'wrong-state',
    says: 'The state comes back changed',
    meets: 'the SDK refuses the callback as forged',
    back: (returned) => ({ ...returned, state: 'changed-on-purpose' }),
  },
  {
    name: 'no-code',
    says: 'No code comes back',
    meets: 'the callback route gets neither code nor error',
    back: ({ code: _, ...returned }) => returned,
  },
  {
    name: 'expired-code',
    says: 'The code has expired',
    meets: 'OauthException invalid_grant at the exchange',
    isExpired: true,
  },
  {
    name: 'session-ended',
    says: 'The session ends before the first refresh',
    meets: 'invalid_grant at the refresh: the user is signed out',
    refresh: ({ rows, context }, { id }) => {
      rows.sessions.end(id, context.now);
      return SESSION_OVER;
    },
  },
  {
    name: 'sso-required',
    says: 'The first refresh asks for SSO',
    meets: 'AuthenticationException sso_required at the refresh',
    refresh: ({ user: { email } }) =>
      codedRefusal(403, 'sso_required', 'User must authenticate using one of the matching connections.', {
        error: 'sso_required',
        error_description: 'User must authenticate using one of the matching connections.',
        email,
        connection_ids: ['conn_not_played_here'],
      }),
  },
  {
    name: 'mfa-enrollment',
    says: 'The first refresh asks for a second factor',
    meets: 'AuthenticationException mfa_enrollment at the refresh',
    refresh: ({ user }) =>
      codedRefusal(403, 'mfa_enrollment', 'The user must enroll in MFA to finish authenticating.', {
        error: 'mfa_enrollment',
        error_description: 'The user must enroll in MFA to finish authenticating.',
        user: userObject(user),
      }),
  },
  {
    name: 'rate-limited',
    says: 'The exchange is rate limited',
    meets: 'RateLimitExceededException at the exchange',
    exchange: () => ({ ...codedRefusal(429, 'rate_limit_exceeded', 'Too many requests.'), retryAfter: 1 }),
  },
  {
    name: 'unavailable',
    says: 'The exchange is unavailable',
    meets: 'GenericServerException 503 after all retries',
    exchange: () => UNAVAILABLE,
  },
  {
    name: ONCE,
    says: 'The exchange is unavailable once',
    meets: 'nothing: the retry of the SDK succeeds',
    exchange: ({ relent }) => {
      relent();
      return UNAVAILABLE;
    },
  },
  {
    name: 'unverified',
    says: 'The exchange asks for a verified address',
    meets: 'AuthenticationException email_verification_required, with a pending token that works',
    exchange: ({ rows, user, beginning, context }) => unverifiedAddress(rows, user, beginning, context),
  },
];

const UNAVAILABLE: Refusal = {
  ...codedRefusal(503, 'service_unavailable', 'Unavailable on purpose.'),
  retryAfter: 1,
};

/** The access token then has that fault of `mint --list-faults`. */
export const TOKEN_FAILURE = 'token:';

export function failureNamed(name: string | null | undefined): Failure | undefined {
  return SIGN_IN_FAILURES.find((failure) => failure.name === name);
}

/** The failure that the seed sets for a user's sign-ins. */
export function failureOf(rows: SignInRows, { id }: DirectoryUser): string | null {
  const { signIn = null } = rows.users.hiddenOf(id);
  return signIn === RELENTED ? ONCE : signIn;
}

/** For a sign-in without a page, whose failure can only come from the user. */
export function directFailure(
  rows: SignInRows,
  user: DirectoryUser,
  beginning: PendingBeginning,
  context: SignInContext,
): Refusal | undefined {
  if (rows.users.hiddenOf(user.id).signIn === RELENTED) {
    rows.users.update(user, { signIn: ONCE });
    return undefined;
  }
  const relent = () => rows.users.update(user, { signIn: RELENTED });
  return exchangeFailure(failureOf(rows, user), { rows, user, beginning, context, relent });
}

/** @returns undefined if the sign-in does not fail at this point */
export function exchangeFailure(name: string | null, failing: Failing): Refusal | undefined {
  return failureNamed(name)?.exchange?.(failing);
}

export function refreshFailure(
  rows: SignInRows,
  session: SessionRow,
  user: DirectoryUser,
  context: SignInContext,
): Refusal | undefined {
  return failureNamed(session.failure)?.refresh?.({ rows, user, context }, session);
}

/** Mails a code, and makes the token that continues the sign-in. */
export function unverifiedAddress(
  rows: SignInRows,
  user: DirectoryUser,
  beginning: PendingBeginning,
  context: SignInContext,
): Refusal {
  const mailed = issueOneTimeCode(rows, user, 'email_verification', context);
  const step = { step: 'email_verification', one_time_code_id: mailed.id } as const;
  const refusal = codedRefusal(
    403,
    'email_verification_required',
    'Email ownership must be verified before authentication.',
    {
      pending_authentication_token: keepPending(rows, user, step, beginning, context),
      email: user.email,
      email_verification_id: mailed.id,
    },
  );
  return { ...refusal, mail: mailOf(mailed) };
}

/** Begins a session, and makes its answer. */
import { isoTime } from '../../machine/values/time.ts';
import { userObject } from '../user-object.ts';
import type { DirectoryUser } from '../users.ts';
import type { SignInContext } from './authkit.ts';
import { digestOf, newSecret } from './secrets.ts';
import type { Membership, SessionRow, SignInRows } from './sign-ins.ts';

export interface Client {
  /** The client sent no secret. */
  readonly public: boolean;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
}

export type Beginning = Pick<SessionRow, 'code_hash' | 'redirect_origin' | 'method' | 'failure' | 'signed_in_at'>;

/** Writes the session, its first refresh token and the time of the sign-in. @returns the bytes of the answer */
export function beginSession(
  rows: SignInRows,
  { id: userId }: DirectoryUser,
  membership: Membership | undefined,
  beginning: Beginning,
  client: Client,
  context: SignInContext,
): Uint8Array {
  const { now, random, settings } = context;
  const session: SessionRow = {
    ...beginning,
    id: `session_${random.ulid(now)}`,
    user_id: userId,
    organization_id: membership?.organization_id ?? null,
    client_id: settings.clientId,
    public: client.public,
    ip_address: client.ipAddress,
    user_agent: client.userAgent,
    expires_at: beginning.signed_in_at + settings.sessionLifetime,
    ended_at: null,
    updated_at: now,
  };
  rows.sessions.insert(session);
  rows.users.signedIn(userId, isoTime(beginning.signed_in_at));
  const refreshToken = newSecret(random);
  rows.tokens.insert({ hash: digestOf(refreshToken), session_id: session.id, parent: null });
  const user = rows.users.find(userId) as DirectoryUser; // the user was read in this transaction
  return answerOf({ user, session, membership, refreshToken }, context);
}

interface Granted {
  readonly user: DirectoryUser;
  readonly session: SessionRow;
  readonly membership: Membership | undefined;
  readonly refreshToken: string;
}

/** The body of a successful `POST /user_management/authenticate`. */
export function answerOf({ user, session, membership, refreshToken }: Granted, context: SignInContext): Uint8Array {
  const { mint, settings, now } = context;
  const accessToken = mint({
    sub: user.id,
    sid: session.id,
    authTime: Math.floor(session.signed_in_at / 1000),
    now,
    expiresIn: settings.accessTokenLifetime,
    membership,
    fault: session.failure?.startsWith('token:') ? session.failure.slice('token:'.length) : undefined,
  });
  return Buffer.from(
    JSON.stringify({
      user: userObject(user),
      ...(membership === undefined ? {} : { organization_id: membership.organization_id }),
      access_token: accessToken,
      refresh_token: refreshToken,
      authentication_method: session.method,
    }),
  );
}

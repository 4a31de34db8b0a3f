/** Exchanges a refresh token for its successor. Requests with the same token at the same time get the same answer. */

import type { SignInContext } from '../authkit.ts';
import { invalidGrant, oauthRefusal, type Refusal, SESSION_OVER } from '../refusal.ts';
import { openAnswer, sealAnswer } from '../sealed-answer.ts';
import { digestOf, newSecret } from '../secrets.ts';
import { answerOf } from '../session.ts';
import { refreshFailure } from '../sign-in-failures.ts';
import type { Membership, RefreshTokenRow, SessionRow, SignInRows } from '../sign-ins.ts';
import type { Grant, Granted } from './grant.ts';

/** The secret may be missing if the session began without it. */
export const byRefreshToken: Grant = {
  needs: ['refresh_token'],
  takes: ['organization_id'],
  isOpen: () => true,
  redeem: ({ values: { refresh_token = '', organization_id }, client, signIns, context }) => {
    const refresh = { refreshToken: refresh_token, organizationId: organization_id, public: client.public };
    return signIns.write((rows) => refreshed(rows, refresh, context));
  },
};

interface Refresh {
  readonly refreshToken: string;
  /** The organization for the rest of the session; by default that of the session. */
  readonly organizationId: string | undefined;
  /** The client sent no secret. */
  readonly public: boolean;
}

/** A refusal does not change the token. */
function refreshed(rows: SignInRows, request: Refresh, context: SignInContext): Granted | Refusal {
  const hash = digestOf(request.refreshToken);
  const token = rows.tokens.find(hash);
  const session = token && rows.sessions.find(token.session_id);
  if (token === undefined || session === undefined || session.client_id !== context.settings.clientId)
    return invalidGrant('Invalid refresh token.');
  if (request.public && !session.public)
    return oauthRefusal(
      'invalid_client',
      'This session began with the client secret, so a refresh needs the client secret too.',
    );
  if (session.ended_at !== null || session.expires_at <= context.now) return SESSION_OVER;
  if (rows.tokens.hasSuccessor(hash)) return repeated(token, session, request, context);
  return exchanged(rows, token, session, request, context);
}

/** Possible for a short time. When the successor is exchanged, the stored answer is dropped. */
function repeated(
  { answer, answer_until }: RefreshTokenRow,
  session: SessionRow,
  { refreshToken }: Refresh,
  { now }: SignInContext,
): Granted | Refusal {
  if (answer === null || answer_until === null || answer_until <= now)
    return invalidGrant('Refresh token already exchanged.');
  return { answer: openAnswer(answer, refreshToken, session.id), outcome: 'refresh_repeated', userId: session.user_id };
}

function exchanged(
  rows: SignInRows,
  token: RefreshTokenRow,
  session: SessionRow,
  { refreshToken, organizationId }: Refresh,
  context: SignInContext,
): Granted | Refusal {
  const { now, random, settings } = context;
  const user = rows.users.find(session.user_id);
  if (user === undefined) return SESSION_OVER;
  const failed = refreshFailure(rows, session, user, context);
  if (failed !== undefined) return failed;
  const membership = membershipOf(rows, session, organizationId);
  if (organizationId !== undefined && membership === undefined) return notAMember(organizationId);

  const successor = newSecret(random);
  rows.tokens.insert({ hash: digestOf(successor), session_id: session.id, parent: token.hash });
  const answer = answerOf({ user, session, membership, refreshToken: successor }, context);
  if (settings.refreshGrace > 0) {
    const sealed = sealAnswer(answer, refreshToken, session.id, random);
    rows.tokens.keepAnswer(token.hash, sealed, now + settings.refreshGrace);
  }
  if (token.parent !== null) rows.tokens.dropAnswer(token.parent);
  rows.sessions.refreshed(session.id, membership?.organization_id ?? null, now);
  return { answer, outcome: 'refreshed', userId: user.id };
}

/** Read at each refresh, because the membership may have ended. */
function membershipOf(
  rows: SignInRows,
  { user_id, organization_id }: SessionRow,
  asked: string | undefined,
): Membership | undefined {
  const wanted = asked ?? organization_id;
  return wanted === null ? undefined : rows.organizations.activeOf(user_id).find((m) => m.organization_id === wanted);
}

/** In both forms of WorkOS, because its SDKs read one or the other. */
function notAMember(organizationId: string): Refusal {
  const code = 'organization_membership_not_found';
  const message = `The user is not an active member of the organization '${organizationId.slice(0, 80)}'.`;
  const { status, body } = oauthRefusal(code, message);
  return { status, body: { ...body, code, message }, reason: code };
}

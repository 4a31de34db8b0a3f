/** Exchanges a code for a session, once. */

import type { SignInContext } from '../authkit.ts';
import { verifies } from '../pkce.ts';
import { codedRefusal, invalidGrant, oauthRefusal, type Refusal } from '../refusal.ts';
import { digestOf } from '../secrets.ts';
import { beginSession, type Client } from '../session.ts';
import { exchangeFailure } from '../sign-in-failures.ts';
import type { CodeRow, SignInRows } from '../sign-ins.ts';
import type { Grant, Granted } from './grant.ts';

export const byAuthorizationCode: Grant = {
  needs: ['code'],
  takes: ['code_verifier'],
  isOpen: ({ code_verifier }) => code_verifier !== undefined,
  redeem: ({ values: { code = '', code_verifier }, client, signIns, context }) =>
    signIns.write((rows) => exchanged(rows, { code, verifier: code_verifier, client }, context)),
};

interface CodeExchange {
  readonly code: string;
  /** The code verifier of PKCE. */
  readonly verifier: string | undefined;
  readonly client: Client;
}

/** A refusal does not use up the code. */
function exchanged(
  rows: SignInRows,
  { code, verifier, client }: CodeExchange,
  context: SignInContext,
): Granted | Refusal {
  const hash = digestOf(code);
  const row = rows.codes.find(hash);
  const user = row && rows.users.find(row.user_id);
  if (row === undefined || user === undefined) return unusable(code);
  if (row.client_id !== context.settings.clientId || row.expires_at <= context.now) return unusable(code);
  if (rows.sessions.ofCode(hash) !== undefined) return unusable(code);
  const unproven = judgeProof(row, verifier, client) ?? undefined;
  if (unproven !== undefined) return unproven === 'wrong' ? unusable(code) : unproven;
  const membership = rows.organizations
    .activeOf(user.id)
    .find(({ organization_id }) => organization_id === row.organization_id);
  if (row.organization_id !== null && membership === undefined) return unusable(code);
  const { method, failure, signed_in_at } = row;
  const relent = () => rows.codes.dropFailure(hash);
  const began = { method, signedInAt: signed_in_at, client };
  const failed = exchangeFailure(failure, { rows, user, beginning: began, context, relent });
  if (failed !== undefined) return failed;
  const beginning = { code_hash: hash, redirect_origin: originOf(row.redirect_uri), method, failure, signed_in_at };
  const answer = beginSession(rows, user, membership, beginning, client, context);
  return { answer, outcome: 'exchanged', userId: user.id };
}

function judgeProof({ challenge }: CodeRow, verifier: string | undefined, client: Client): Refusal | 'wrong' | null {
  if (challenge === null) {
    if (verifier !== undefined)
      return codedRefusal(400, 'code_challenge_not_found', 'The code was requested without a code challenge.');
    if (client.public)
      return oauthRefusal('invalid_client', 'A code without a code challenge needs the client secret.');
    return null;
  }
  return verifier !== undefined && verifies(verifier, challenge) ? null : 'wrong';
}

/** In the words of WorkOS. A long text is cut, because it is not one of our codes. */
function unusable(code: string): Refusal {
  const shown = code.length > 80 ? `${code.slice(0, 80)}…` : code;
  return invalidGrant(`The code '${shown}' has expired or is invalid.`);
}

/** `null` for a scheme of an app, which has no origin. */
function originOf(uri: string): string | null {
  const { origin } = new URL(uri);
  return origin === 'null' ? null : origin;
}

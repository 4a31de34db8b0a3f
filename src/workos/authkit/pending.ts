/** Sign-ins that need one more step, and the tokens that continue them. */
import type { DirectoryUser } from '../users.ts';
import { CODE_LIFETIME_MS, type SignInContext } from './authkit.ts';
import { codedRefusal, type Refusal } from './refusal.ts';
import { digestOf, newSecret } from './secrets.ts';
import type { Client } from './session.ts';
import type { PendingRow, SignInRows } from './sign-ins.ts';

/** The beginning of a sign-in that may need more steps. */
export interface PendingBeginning {
  readonly method: string;
  readonly signedInAt: number;
  readonly client: Client;
}

/** @returns the token, of which only the hash is stored */
export function keepPending(
  rows: SignInRows,
  { id: user_id }: DirectoryUser,
  step: Pick<PendingRow, 'step' | 'one_time_code_id'>,
  { method, signedInAt, client }: PendingBeginning,
  { now, random, settings }: SignInContext,
): string {
  const token = newSecret(random);
  rows.pending.insert({
    ...step,
    hash: digestOf(token),
    user_id,
    client_id: settings.clientId,
    method,
    ip_address: client.ipAddress,
    user_agent: client.userAgent,
    signed_in_at: signedInAt,
    expires_at: now + CODE_LIFETIME_MS,
  });
  return token;
}

interface Pending {
  readonly row: PendingRow;
  readonly user: DirectoryUser;
  readonly beginning: PendingBeginning;
}

/** Leaves it as it is. @param client what it does not say of itself was said before */
export function pendingSignIn(
  rows: SignInRows,
  token: string,
  step: PendingRow['step'],
  client: Client,
  { now, settings }: SignInContext,
): Pending | Refusal {
  const row = rows.pending.find(digestOf(token));
  const user = row && rows.users.find(row.user_id);
  if (row === undefined || user === undefined) return INVALID;
  if (row.step !== step || row.client_id !== settings.clientId || row.expires_at <= now) return INVALID;
  const said = {
    ...client,
    ipAddress: client.ipAddress ?? row.ip_address,
    userAgent: client.userAgent ?? row.user_agent,
  };
  return { row, user, beginning: { method: row.method, signedInAt: row.signed_in_at, client: said } };
}

const INVALID = codedRefusal(
  400,
  'invalid_pending_authentication_token',
  'The pending authentication token is invalid, used or expired.',
);

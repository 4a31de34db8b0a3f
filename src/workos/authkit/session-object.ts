/** A session in the form of the WorkOS API. */
import { isoTime } from '../../machine/values/time.ts';
import type { SessionRow } from './sign-ins.ts';

export function sessionObject(session: SessionRow, now: number) {
  const { id, user_id, organization_id, ip_address, user_agent, method } = session;
  return {
    object: 'session',
    id,
    user_id,
    ...(organization_id === null ? {} : { organization_id }),
    ip_address,
    user_agent,
    auth_method: authMethod(method),
    status: statusOf(session, now),
    expires_at: isoTime(session.expires_at),
    ended_at: session.ended_at === null ? null : isoTime(session.ended_at),
    created_at: isoTime(session.signed_in_at),
    updated_at: isoTime(session.updated_at),
  };
}

function authMethod(method: string): string {
  if (method.endsWith('OAuth')) return 'oauth';
  return method === 'MagicAuth' ? 'magic_code' : 'password';
}

function statusOf({ ended_at, expires_at }: SessionRow, now: number): 'active' | 'expired' | 'revoked' {
  if (ended_at !== null) return 'revoked';
  return expires_at <= now ? 'expired' : 'active';
}

/** A state for the contracts of those who read, and what their failures are called. */
import { ApiError } from '../../src/errors/api-error.ts';
import { Failure } from '../../src/errors/failure.ts';
import type { Attempt } from '../../src/store/attempt-log.ts';
import type { WritableState } from '../support/engines.ts';
import { callbackOf, NOW, UNCLAIMED } from '../support/store.ts';

export const MEMBERS = 7;

export const at = (n: number) => NOW + n * 1000;
export const iso = (n: number) => new Date(at(n)).toISOString();
export const emailOf = (n: number) => (n % 2 === 0 ? `User_${n}%@example.com` : `user-${n}@Example.com`);

export function attemptOf(n: number, changes: Partial<Attempt> = {}): Attempt {
  const refused = n % 3 === 0;
  return {
    at: iso(n),
    request_id: `request_${n}`,
    status: refused ? 401 : 200,
    outcome: refused ? 'refused' : 'provisioned',
    reason: refused ? 'user_fetch_failed' : null,
    issuer: 'https://api.workos.com',
    subject: `user_${n}`,
    session_id: null,
    idempotency_key: `workos-jti:jti_${n}`,
    expected: null,
    received: null,
    milliseconds: 1.5,
    ...UNCLAIMED,
    token_id: `jti_${n}`,
    ...changes,
  };
}

/** Members 1 to 7, a second apart, each with a callback and a user. */
export async function populate({ store, attempts, users }: WritableState): Promise<void> {
  for (let n = 1; n <= MEMBERS; n++) {
    const who = { subject: `user_${n}`, email: emailOf(n), requestId: `request_${n}` };
    await store.resolveMember(callbackOf({ ...who, idempotencyKey: `workos-jti:jti_${n}`, now: at(n) }));
    attempts.record(attemptOf(n));
    users.add({
      id: `user_${n}`,
      email: emailOf(n),
      first_name: null,
      last_name: null,
      created_at: iso(n),
      updated_at: iso(n),
      email_verified: true,
      external_id: null,
      metadata: {},
      last_sign_in_at: null,
    });
  }
  await attempts.flush();
}

export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ApiError || error instanceof Failure) return error.code;
    throw error;
  }
  return 'nothing was thrown';
}

/** What sending would do, without sending: the server's own verifier judges the token, and what is stored is read. */
import { explainToken } from '../../callback/explanation/explanation.ts';
import type { Outcome } from '../../callback/outcome.ts';
import { localUsers, type UserLookup } from '../../callback/user.ts';
import type { ReadStore } from '../../store/read-store.ts';
import type { CheckResult, PredictAnswer } from '../api-types.ts';
import { safeJson, safeLine } from '../recorder/safe-text.ts';
import type { SendingParts } from './parts.ts';
import type { Plan } from './plan.ts';

type Outcomes = Partial<Record<Outcome, number>>;

export async function predict(
  plan: Plan,
  { reads, now }: { readonly reads: ReadStore; readonly now: () => number },
  { verifier: { keys, settings }, lookup, knownKeys }: SendingParts & { readonly lookup: UserLookup },
): Promise<PredictAnswer> {
  const { times } = plan.wish;
  const minted = plan.token(0);
  // A new user is added when it is sent.
  const users = plan.newEmail === undefined ? lookup : localUsers((id) => ({ id, email: String(plan.newEmail) }));
  const explained = await explainToken(minted.token, {
    verifier: { keys, settings }, // without the memory of tokens: nothing may be changed by asking
    lookup: users,
    now: now(),
    knownKeys,
  });
  const refused: Outcome = explained.status >= 500 ? 'unavailable' : 'refused';
  const outcomes = explained.accepted ? await accepted(plan, reads, now()) : { [refused]: times };
  return {
    schema_version: 1,
    sentence: explained.accepted ? sentenceOf(outcomes, times) : `${refused}: ${explained.reason ?? explained.message}`,
    outcomes,
    reason: explained.reason,
    idempotency_key: explained.accepted && minted.idempotencyKey !== null ? safeLine(minted.idempotencyKey) : null,
    header: safeJson(explained.header ?? {}) as PredictAnswer['header'],
    claims: safeJson(explained.claims ?? {}) as PredictAnswer['claims'],
    checks: explained.checks.map(shownCheck),
    advice: explained.advice.map(safeLine),
    commands: plan.commands,
  };
}

function shownCheck({ name, result, expected, received }: CheckResult): CheckResult {
  return {
    name,
    result,
    ...(expected === undefined ? {} : { expected: safeLine(expected) }),
    ...(received === undefined ? {} : { received: safeLine(received) }),
  };
}

/** Tokens of one key are one sign-in; others are one each. */
async function accepted({ wish, subject, token }: Plan, reads: ReadStore, now: number): Promise<Outcomes> {
  const key = token(0).idempotencyKey ?? '';
  const hasMember = (await reads.list('members', { limit: 1, where: { workos_user_id: [subject] } })).items.length > 0;
  const { items } = await reads.list('records', { limit: 20, where: { idempotency_key: [key] } });
  const isStored = items.some(
    (record) => record.subject === subject && record.expires_at !== null && Date.parse(record.expires_at) > now,
  );
  const first = hasMember ? 'seen' : 'provisioned';
  const others = wish.times - 1;
  const isOneKey = wish.tokens === 'one' || token(1).idempotencyKey === key;
  if (isOneKey && isStored) return { replayed: wish.times };
  if (isOneKey) return others === 0 ? { [first]: 1 } : { [first]: 1, replayed: others };
  if (first === 'seen') return { seen: wish.times };
  return { provisioned: 1, seen: others };
}

function sentenceOf(outcomes: Outcomes, times: number): string {
  const parts = Object.entries(outcomes);
  if (outcomes.replayed === times)
    return times === 1 ? 'replayed; nothing will change' : `replayed, ${times} of ${times}; nothing will change`;
  if (times === 1) return parts[0]?.[0] ?? '';
  return parts.map(([name, count]) => `${count} ${name}`).join(', ');
}

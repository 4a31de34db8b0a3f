/** The sentences of an invariant. They show answers by hash or by their differences, because answers may contain a secret. */
import { member } from '../../../callback/token/json-object.ts';
import { differences, firstDifferentByte } from '../../replay/difference.ts';
import type { CallbackAnswer } from '../../replay/send.ts';
import { type Claim, must, should } from './verdict.ts';

export function describe({ status, code, reason, outcome, problem, sha256, body }: CallbackAnswer): string {
  if (problem !== undefined) return `${status}, ${problem}`;
  if (status !== 200)
    return [status, code ?? 'without an error code', ...(reason === null ? [] : [`(${reason})`])].join(' ');
  const key = member(body, 'default_api_key') === null ? 'no key' : 'a new key';
  return `200 ${outcome} with ${key}, sha256 ${sha256.slice(0, 12)}`;
}

function wasAccepted({ status, problem }: CallbackAnswer): boolean {
  return status === 200 && problem === undefined;
}

export function isAccepted(what: string, answer: CallbackAnswer): Claim {
  return must(wasAccepted(answer), `${what} was answered with ${describe(answer)}`, answer);
}

/** A first sign-in: the only answer with a secret. */
export function isFirstSignIn(what: string, answer: CallbackAnswer): Claim {
  const holds = wasAccepted(answer) && secretOf(answer) !== null;
  return must(holds, `${what}, a first sign-in, was answered with ${describe(answer)}`, answer);
}

/** A sign-in of a known member: no key, no secret. */
export function isSeen(what: string, answer: CallbackAnswer): Claim {
  const holds = wasAccepted(answer) && secretOf(answer) === null;
  return must(holds, `${what}, the sign-in of a known member, was answered with ${describe(answer)}`, answer);
}

export function isRefused(what: string, answer: CallbackAnswer): Claim {
  const holds = answer.status === 401 && answer.code === 'not_authenticated';
  return must(holds, `${what} was answered with ${describe(answer)}`, answer);
}

/** Equal JSON with other bytes is only a recommendation, because some databases store parsed JSON. */
export function isSameAnswer(what: string, first: CallbackAnswer, again: CallbackAnswer): Claim {
  if (!wasAccepted(first)) return must(false, `what ${what} repeats was answered with ${describe(first)}`, first);
  if (!wasAccepted(again))
    return must(false, `${what} was answered with ${describe(again)} instead of the first answer`, first, again);
  const differing = differences(first.body, again.body);
  if (differing.length > 0)
    return must(false, `${what} is not the first answer again: ${differing.join('; ')}`, first, again);
  const holds = first.bytes.equals(again.bytes);
  const offset = firstDifferentByte(first.bytes, again.bytes);
  return should(holds, `${what} has the same JSON in other bytes, from offset ${offset}`, first, again);
}

/** Two separate callbacks: the first is a first sign-in, and the second is not its replay. */
export function isAnotherCallback(what: string, first: CallbackAnswer, other: CallbackAnswer): Claim {
  const isReplay = wasAccepted(other) && secretOf(other) !== null && secretOf(other) === secretOf(first);
  return must(!isReplay, `${what} got the answer of the first id`, first, other);
}

/** An answer about this user. A refusal is not the answer of another user. */
export function isOfUser(what: string, answer: CallbackAnswer, { email }: { readonly email: string }): Claim {
  if (!wasAccepted(answer)) return isAccepted(what, answer);
  const shown = memberField(answer, 'email');
  return must(shown === email, `${what} got an answer with the address of another user`, answer);
}

export function secretOf({ body }: CallbackAnswer): string | null {
  const secret = member(member(body, 'default_api_key'), 'secret');
  return typeof secret === 'string' ? secret : null;
}

export function memberField(
  { body }: Pick<CallbackAnswer, 'body'>,
  name: 'id' | 'workspace_id' | 'email' | 'created_at' | 'last_seen_at',
): string {
  return String(member(member(body, 'workspace_member'), name));
}

/** Whether all of these answers are about one member in one workspace. */
export function isOneMember(what: string, answers: readonly CallbackAnswer[]): Claim {
  const members = new Set(
    answers.filter(wasAccepted).map((answer) => `${memberField(answer, 'workspace_id')}/${memberField(answer, 'id')}`),
  );
  return must(members.size <= 1, `${what}: ${members.size} members`, ...answers);
}

/** What an invariant finds, and the sentences in which it says so. Answers appear by hash: they may hold a secret. */
import { member } from '../replay/answer.ts';
import type { Sent } from '../replay/send.ts';

export type Judgement =
  | { readonly holds: true }
  | { readonly holds: false; readonly observed: string }
  /** The target does not show what would have to be looked at. */
  | { readonly holds: undefined; readonly reason: string };

/** Something that must be true, and what was seen instead of it. */
export type Claim = readonly [holds: boolean, observed: string];

/** The first claim that does not hold decides. */
export function judge(...claims: readonly Claim[]): Judgement {
  const broken = claims.find(([holds]) => !holds);
  return broken ? { holds: false, observed: broken[1] } : { holds: true };
}

export function cannotTell(reason: string): Judgement {
  return { holds: undefined, reason };
}

export function describe({ status, code, reason, outcome, problem, sha256, body }: Sent): string {
  if (problem !== undefined) return `${status}, ${problem}`;
  if (status !== 200)
    return [status, code ?? 'without an error code', ...(reason === null ? [] : [`(${reason})`])].join(' ');
  const key = member(body, 'default_api_key') === null ? 'no key' : 'a new key';
  return `200 ${outcome} with ${key}, sha256 ${sha256.slice(0, 12)}`;
}

export function isAccepted(what: string, sent: Sent): Claim {
  return [sent.status === 200 && sent.problem === undefined, `${what} was answered with ${describe(sent)}`];
}

/** A first sign-in: the one answer that carries a secret. */
export function isFirstSignIn(what: string, sent: Sent): Claim {
  return [
    isAccepted(what, sent)[0] && secretOf(sent) !== null,
    `${what}, a first sign-in, was answered with ${describe(sent)}`,
  ];
}

/** A sign-in of a known member: no key, no secret. */
export function isSeen(what: string, sent: Sent): Claim {
  return [
    isAccepted(what, sent)[0] && secretOf(sent) === null,
    `${what}, the sign-in of a known member, was answered with ${describe(sent)}`,
  ];
}

export function isRefused(what: string, sent: Sent): Claim {
  return [sent.status === 401 && sent.code === 'not_authenticated', `${what} was answered with ${describe(sent)}`];
}

export function isSameAnswer(what: string, first: Sent, again: Sent): Claim {
  return [
    first.status === again.status && first.bytes.equals(again.bytes),
    `${describe(first)}; ${what}: ${describe(again)}`,
  ];
}

export function secretOf({ body }: Sent): string | null {
  const secret = member(member(body, 'default_api_key'), 'secret');
  return typeof secret === 'string' ? secret : null;
}

export function memberField(
  { body }: Sent,
  name: 'id' | 'workspace_id' | 'email' | 'created_at' | 'last_seen_at',
): string {
  return String(member(member(body, 'workspace_member'), name));
}

/** Whether all of these answers are about one member in one workspace. */
export function isOneMember(what: string, answers: readonly Sent[]): Claim {
  const members = new Set(answers.map((sent) => `${memberField(sent, 'workspace_id')}/${memberField(sent, 'id')}`));
  return [members.size <= 1, `${what}: ${members.size} members`];
}

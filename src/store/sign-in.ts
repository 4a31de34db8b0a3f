/**
 * Decides about a callback without a record (contract §1, step 6): a known member is seen, an unknown one is provisioned.
 * A pure function: it returns the rows, the bytes and the sealed record; a database writes them in one commit.
 */

import type { Callback, Resolution } from '../callback/resolution.ts';
import { callbackBody } from '../callback/workspace/answer.ts';
import type { KeyEnvironment, Pepper } from '../callback/workspace/api-key.ts';
import { type Provisioned, provision } from '../callback/workspace/provision.ts';
import type { MemberRow } from '../callback/workspace/records.ts';
import type { RandomSource } from '../machine/random.ts';
import { isoTime } from '../machine/values/time.ts';
import { type CallbackRecord, sealedRecord } from './callback-record.ts';
import type { MemberContext } from './store.ts';

/** The facts in the database about the user of the callback. */
export interface Found {
  readonly known: MemberContext | undefined;
  /** Whether another subject or issuer has a record of the same idempotency key. */
  readonly keyReused: boolean;
}

/** The input for new rows and records. */
export interface Making {
  readonly pepper: Pepper;
  readonly random: RandomSource;
  readonly keyEnvironment: KeyEnvironment;
}

export type SignIn = Seen | FirstSignIn;

interface Decided {
  readonly record: CallbackRecord;
  /** The answer, valid after the commit. */
  readonly resolution: Resolution;
}

/** The member gets the e-mail address and the time of this callback. */
export interface Seen extends Decided {
  readonly member: MemberRow;
  readonly made?: undefined;
}

interface FirstSignIn extends Decided {
  /** All rows of a new workspace. */
  readonly made: Provisioned;
}

export function signIn(callback: Callback, { known, keyReused }: Found, making: Making): SignIn {
  const warning = keyReused ? { warning: reuseWarning(callback) } : {};
  return known ? seen(callback, known, warning, making) : firstSignIn(callback, warning, making);
}

type Warning = Pick<Resolution, 'warning'>;

function seen(
  callback: Callback,
  { workspace, member: before }: MemberContext,
  warning: Warning,
  { pepper, random }: Making,
): Seen {
  const member = { ...before, email: callback.email, last_seen_at: isoTime(callback.now) };
  const body = callbackBody(workspace, member, null);
  const answer = { outcome: 'seen', memberId: member.id, keyPublicId: null, body } as const;
  return {
    member,
    record: sealedRecord(callback, answer, pepper, random),
    resolution: { outcome: 'seen', status: 200, body, ...warning },
  };
}

function firstSignIn(callback: Callback, warning: Warning, { pepper, random, keyEnvironment }: Making): FirstSignIn {
  const made = provision({ ...callback, keyEnvironment, pepper }, random);
  const body = callbackBody(made.workspace, made.member, made);
  const keyPublicId = made.key.public_id;
  const answer = { outcome: 'provisioned', memberId: made.member.id, keyPublicId, body } as const;
  return {
    made,
    record: sealedRecord(callback, answer, pepper, random),
    resolution: { outcome: 'provisioned', status: 200, body, ...warning },
  };
}

function reuseWarning({ idempotencyKey }: Callback): string {
  return idempotencyKey.startsWith('workos-jti:') ? 'jti_reused_across_subjects' : 'sid_reused_across_subjects';
}

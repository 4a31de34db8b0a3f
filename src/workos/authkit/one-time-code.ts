/** Mailed codes: six digits, valid once, for ten minutes and five tries. */

import type { RandomSource } from '../../machine/random.ts';
import { isoTime } from '../../machine/values/time.ts';
import type { DirectoryUser } from '../users.ts';
import { CODE_LIFETIME_MS, type SignInContext } from './authkit.ts';
import { codedRefusal, type Mail, type Refusal } from './refusal.ts';
import type { OneTimeCodeRow, SignInRows } from './sign-ins.ts';

const MAX_TRIES = 5;

/** A new code replaces the previous one. */
export function issueOneTimeCode(
  rows: SignInRows,
  { id: user_id, email }: DirectoryUser,
  purpose: OneTimeCodeRow['purpose'],
  { now, random }: SignInContext,
): OneTimeCodeRow {
  const row: OneTimeCodeRow = {
    id: `${purpose}_${random.ulid(now)}`,
    purpose,
    user_id,
    email,
    code: sixDigits(random),
    tries: 0,
    used_at: null,
    created_at: now,
    expires_at: now + CODE_LIFETIME_MS,
  };
  rows.oneTimeCodes.insert(row);
  return row;
}

/** Counts a wrong code, and uses up the right one, which verifies the address. @returns its user */
export function judgeOneTimeCode(
  rows: SignInRows,
  row: OneTimeCodeRow | undefined,
  code: string,
  { now }: SignInContext,
): DirectoryUser | Refusal {
  const user = row && rows.users.find(row.user_id);
  const isForAddress = user?.email.toLowerCase() === row?.email.toLowerCase();
  // A text that does not have the form of a code does not count as a try.
  if (row === undefined || user === undefined || !isForAddress || !/^\d{6}$/.test(code))
    return refused('invalid_one_time_code', 'Invalid code.');
  if (row.used_at !== null && row.code === code)
    return refused('one_time_code_previously_used', 'This code was used before.');
  if (row.tries >= MAX_TRIES)
    return refused('one_time_code_too_many_attempts', 'Too many wrong codes: ask for a new one.');
  if (row.used_at !== null || row.code !== code) {
    rows.oneTimeCodes.tried(row.id);
    return refused('invalid_one_time_code', 'Invalid code.');
  }
  if (row.expires_at <= now) return refused('one_time_code_expired', 'This code has expired: ask for a new one.');
  rows.oneTimeCodes.used(row.id, now);
  return verified(rows, user, now);
}

export function mailOf({ email, code }: OneTimeCodeRow): Mail {
  return { to: email, code };
}

/** In the form of the WorkOS API. */
export function oneTimeCodeObject({ id, purpose, user_id, email, code, created_at, expires_at }: OneTimeCodeRow) {
  const created = isoTime(created_at);
  return {
    object: purpose,
    id,
    user_id,
    email,
    expires_at: isoTime(expires_at),
    code,
    created_at: created,
    updated_at: created,
  };
}

function verified(rows: SignInRows, user: DirectoryUser, now: number): DirectoryUser {
  if (user.email_verified) return user;
  const changed = { ...user, email_verified: true, updated_at: isoTime(now) };
  rows.users.update(changed);
  return changed;
}

function refused(code: string, message: string): Refusal {
  return codedRefusal(400, code, message);
}

/** From 48 random bits, so that all digits are about equally likely. */
function sixDigits(random: Pick<RandomSource, 'bytes'>): string {
  return String(random.bytes(6).readUIntBE(0, 6) % 1_000_000).padStart(6, '0');
}

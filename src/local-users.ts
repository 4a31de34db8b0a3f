/** Which user of the local directory a command means. */
import { Failure } from './errors.ts';
import type { RandomSource } from './random.ts';
import type { DirectoryUser, UserDirectory } from './store/directory.ts';

export interface WantedUser {
  readonly email?: string;
  /** WorkOS user id. */
  readonly sub?: string;
}

export interface ResolvedUser {
  readonly user: DirectoryUser;
  /** Writes what is new about the user, if anything. */
  save(): void;
}

export const DEFAULT_EMAIL = 'ada@example.com';

/**
 * The user of that id or address; a new one where there is none. An id with another address changes the address.
 * Without either, the first user of the directory.
 */
export function resolveUser(
  directory: UserDirectory,
  { email, sub }: WantedUser,
  { now, random }: { now: number; random: Pick<RandomSource, 'ulid'> },
): ResolvedUser {
  const known =
    sub !== undefined ? directory.find(sub) : email !== undefined ? directory.findByEmail(email) : directory.first();
  const at = new Date(now).toISOString();
  if (known === undefined) {
    const id = sub ?? `user_${random.ulid(now)}`;
    const user = newUser(id, email ?? (sub === undefined ? DEFAULT_EMAIL : `${sub.slice(0, 64)}@example.com`), at);
    return { user, save: () => directory.add(user) };
  }
  if (email === undefined || email === known.email) return { user: known, save: () => undefined };
  return { user: { ...known, email, updated_at: at }, save: () => directory.changeEmail(known.id, email, at) };
}

export function newUser(id: string, email: string, at: string): DirectoryUser {
  return { id, email, first_name: null, last_name: null, created_at: at, updated_at: at };
}

/** Looser than RFC 5322, because WorkOS is: one @, no spaces, nothing invisible. */
export function isEmail(text: string): boolean {
  return text.length <= 320 && /^[^\s@\p{C}]+@[^\s@\p{C}]+$/u.test(text);
}

/** Those of WorkOS are `user_` and a ULID; shorter ones are easier to read in tests. */
export function isUserId(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,255}$/.test(text);
}

/** @throws Failure invalid_argument */
export function refuseBadEmail(email: string): void {
  if (!isEmail(email)) {
    throw new Failure(
      'invalid_argument',
      `${JSON.stringify(email.slice(0, 80))} is not an e-mail address; accepted: name@example.com`,
    );
  }
}

/** @throws Failure invalid_argument, with `hint` */
export function refuseBadUserId(flag: '--id' | '--sub' | 'sub', id: string, hint?: string): void {
  if (!isUserId(id)) {
    throw new Failure(
      'invalid_argument',
      `${flag}: ${JSON.stringify(id.slice(0, 80))} is not a user id; accepted: 1 to 255 letters, digits, _ and -`,
      hint,
    );
  }
}

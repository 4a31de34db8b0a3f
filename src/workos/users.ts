/** The users of the local WorkOS: the interface of their directory, and how a command names a user. */
import { Failure } from '../errors/failure.ts';
import type { RandomSource } from '../machine/random.ts';
import { isoTime } from '../machine/values/time.ts';
import { email, userId } from '../machine/values/user.ts';

export interface DirectoryUser {
  readonly id: string;
  readonly email: string;
  readonly first_name: string | null;
  readonly last_name: string | null;
  /** ISO 8601. */
  readonly created_at: string;
  readonly updated_at: string;
  readonly email_verified: boolean;
  readonly external_id: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** ISO 8601. */
  readonly last_sign_in_at: string | null;
}

/** Stored facts about a user that are never shown. */
export interface HiddenUserFields {
  /** See `authkit/password.ts`. */
  readonly passwordHash?: string | null | undefined;
  /** The deliberate failure of each sign-in of this user. */
  readonly signIn?: string | null | undefined;
}

export interface UserQuery {
  /** Compared without regard to case. */
  readonly email?: string | undefined;
  readonly limit: number;
  /** The page begins after, or ends before, the user with this id. */
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  readonly order?: 'asc' | 'desc' | undefined;
}

export interface UserPage {
  readonly users: readonly DirectoryUser[];
  readonly before: string | null;
  readonly after: string | null;
}

/** Each method: @throws ApiError database_busy, storage_full, database_io, database_corrupt */
export interface UserDirectory {
  find(id: string): DirectoryUser | undefined;
  /** The oldest user with that address. */
  findByEmail(email: string): DirectoryUser | undefined;
  /** The oldest user of all. */
  first(): DirectoryUser | undefined;
  /** @throws ApiError invalid_request if `after` or `before` names an unknown user */
  list(query: UserQuery): UserPage;
  /**
   * Runs the reads and writes of `work` as one transaction, which is rolled back if it throws. `work` is synchronous.
   * @throws the errors of `work`
   */
  atomically<T>(work: () => T): T;
  /** @throws Failure conflict if the id or the external id is taken */
  add(user: DirectoryUser, hidden?: HiddenUserFields): void;
  /**
   * Adds the user unless the address is known, in upper or lower case. It is one transaction, so that two requests with
   * one address at the same time make one user.
   * @returns the users with the address, the oldest first
   * @throws Failure conflict if the address is new and the id or the external id is taken
   */
  findOrAdd(user: DirectoryUser, hidden?: HiddenUserFields): readonly [DirectoryUser, ...DirectoryUser[]];
  /** Gives a user another address. */
  changeEmail(id: string, email: string, updatedAt: string): void;
  /** @returns whether the user existed */
  remove(id: string): boolean;
  close(): void;
}

export interface WantedUser {
  readonly email?: string;
  /** WorkOS user id. */
  readonly sub?: string;
}

const DEFAULT_EMAIL = 'ada@example.com';

/**
 * Runs `work` with the user of that id or address; a missing user is added. An id with another address changes the
 * address. Without id and address, it is the first user of the directory.
 *
 * The user is looked up and written in one transaction, which includes `work`. If two processes need the same new user,
 * one adds it and both get it. If `work` throws, no user is added.
 */
export function withUser<T>(
  directory: UserDirectory,
  wanted: WantedUser,
  { now, random }: { now: number; random: Pick<RandomSource, 'ulid'> },
  work: (user: DirectoryUser) => T,
): T {
  const known = knownUser(directory, wanted);
  if (known !== undefined && !isRenamed(known, wanted)) return work(known);
  const at = isoTime(now);
  return directory.atomically(() => {
    const { email, sub } = wanted;
    const user = knownUser(directory, wanted);
    if (user === undefined) {
      const address = email ?? (sub === undefined ? DEFAULT_EMAIL : `${sub.slice(0, 64)}@example.com`);
      const added = newUser(sub ?? `user_${random.ulid(now)}`, address, at);
      directory.add(added);
      return work(added);
    }
    if (email === undefined || !isRenamed(user, wanted)) return work(user);
    directory.changeEmail(user.id, email, at);
    return work({ ...user, email, updated_at: at });
  });
}

function knownUser(directory: UserDirectory, { email, sub }: WantedUser): DirectoryUser | undefined {
  if (sub !== undefined) return directory.find(sub);
  return email === undefined ? directory.first() : directory.findByEmail(email);
}

/** An address that differs only in case names the existing user; it is changed only if an id is given too. */
function isRenamed(user: DirectoryUser, { email, sub }: WantedUser): boolean {
  return sub !== undefined && email !== undefined && email !== user.email;
}

export function newUser(id: string, email: string, at: string): DirectoryUser {
  return {
    id,
    email,
    first_name: null,
    last_name: null,
    created_at: at,
    updated_at: at,
    email_verified: true,
    external_id: null,
    metadata: {},
    last_sign_in_at: null,
  };
}

/** For callers in code; commands check their flags themselves. @throws Failure invalid_argument */
export function refuseBadUser(given: { readonly email?: string | undefined; readonly id?: string | undefined }): void {
  const refuse = (name: string) => (problem: string) => new Failure('invalid_argument', `${name}: ${problem}`);
  if (given.email !== undefined) email.read(given.email, refuse('email'));
  if (given.id !== undefined) userId.read(given.id, refuse('user id'));
}

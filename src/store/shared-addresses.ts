/**
 * Addresses that several users have. Each id that was named on purpose may have one that is taken; without such an id it
 * is a person who is known twice, and whom no command finds by the address any more.
 */
import { Failure } from '../errors/failure.ts';
import type { Reads } from './read-store.ts';

export interface SharedAddress {
  /** Users of the local WorkOS, or members of the database. */
  readonly among: 'users' | 'members';
  /** As the first of them has it; cases are not told apart. */
  readonly email: string;
  /** WorkOS user ids; the first ten. */
  readonly users: readonly string[];
  readonly count: number;
}

const PAGE = 1000;
const MOST_NAMED = 10;

/** Of a part that does not exist, or cannot be read, nothing is said: others speak of it. */
export async function sharedAddresses(reads: Reads): Promise<readonly SharedAddress[]> {
  return [...(await sharedAmong('users', users(reads))), ...(await sharedAmong('members', members(reads)))];
}

interface Person {
  readonly user: string;
  readonly email: string;
}

async function* users(reads: Reads): AsyncIterable<Person> {
  if (!(await reads.has('users'))) return;
  for await (const { id, email } of all((cursor) => reads.list('users', { limit: PAGE, cursor })))
    yield { user: id, email };
}

async function* members(reads: Reads): AsyncIterable<Person> {
  if (!(await reads.has('database'))) return;
  for await (const { workos_user_id, email } of all((cursor) => reads.list('members', { limit: PAGE, cursor })))
    yield { user: workos_user_id, email };
}

/** Page by page, so that no writer waits for the end. */
async function* all<T>(
  page: (cursor: string | undefined) => Promise<{ readonly items: readonly T[]; readonly nextCursor: string | null }>,
): AsyncIterable<T> {
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const { items, nextCursor }: Awaited<ReturnType<typeof page>> = await page(cursor);
    yield* items;
    cursor = nextCursor;
  }
}

async function sharedAmong(
  among: SharedAddress['among'],
  people: AsyncIterable<Person>,
): Promise<readonly SharedAddress[]> {
  const usersOf = new Map<string, { readonly email: string; readonly users: Set<string> }>();
  try {
    for await (const { user, email } of people) {
      const key = String(email).toLowerCase();
      const known = usersOf.get(key) ?? { email, users: new Set() };
      usersOf.set(key, known);
      known.users.add(user);
    }
  } catch (error) {
    if (error instanceof Failure) return [];
    throw error;
  }
  return [...usersOf.values()]
    .filter(({ users }) => users.size > 1)
    .map(({ email, users }) => ({ among, email, users: [...users].sort().slice(0, MOST_NAMED), count: users.size }));
}

/** One line for people. */
export function sharedAddressSentence({ among, email, users, count }: SharedAddress): string {
  const more = count - users.length;
  const where = among === 'users' ? 'users of the local WorkOS' : 'members of the database';
  return `${email} is the address of ${count} ${where}: ${users.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Changes to the users of a local WorkOS, for both libraries. */
import { Failure } from '../errors/failure.ts';
import type { RandomSource } from '../machine/random.ts';
import { isoTime } from '../machine/values/time.ts';
import { newUser, refuseBadUser, type UserDirectory } from '../workos/users.ts';
import { judged, refuseArgument, refuseOptions, TEXT } from './options.ts';
import type { NewUser, User } from './types.ts';

export interface Users {
  readonly users: UserDirectory;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: Pick<RandomSource, 'ulid'>;
}

/** @throws TypeError; Failure conflict if the id is taken */
export function addUser({ users, now, random }: Users, wanted: NewUser): User {
  refuseOptions('addUser', wanted, { email: TEXT, id: TEXT });
  const { email, id } = wanted;
  refuseArgument('addUser: email', email, TEXT);
  judged('addUser', () => refuseBadUser({ email, id }));
  const at = now();
  const user = newUser(id ?? `user_${random.ulid(at)}`, email, isoTime(at));
  users.add(user);
  return user;
}

/** @throws TypeError; Failure not_found */
export function changeEmail({ users, now }: Omit<Users, 'random'>, id: string, email: string): void {
  refuseArgument('changeEmail: the id', id, TEXT);
  refuseArgument('changeEmail: email', email, TEXT);
  judged('changeEmail', () => refuseBadUser({ email, id }));
  if (users.find(id) === undefined)
    throw new Failure('not_found', `changeEmail: there is no user ${JSON.stringify(id)}`);
  users.changeEmail(id, email, isoTime(now()));
}

/** @returns whether the user existed. @throws TypeError */
export function removeUser({ users }: Pick<Users, 'users'>, id: string): boolean {
  refuseArgument('removeUser: the id', id, TEXT);
  return users.remove(id);
}

/** The users of a state directory, for the commands that read and change them. */
import { existsSync } from 'node:fs';
import { Failure } from '../../../errors/failure.ts';
import { ensurePrivateDirectory } from '../../../machine/private-file.ts';
import { clockedBy } from '../../../machine/state-clock.ts';
import { openStateDirectory, statePaths } from '../../../machine/state-directory.ts';
import { guarded } from '../../../machine/state-guard.ts';
import { openSignIns, openUsers } from '../../../store/open.ts';
import type { SignInRows } from '../../../workos/authkit/sign-ins.ts';
import type { DirectoryUser, UserDirectory } from '../../../workos/users.ts';
import type { CommandContext } from '../../command.ts';
import { noteNewPlaces } from '../../new-places.ts';
import { commandSettings } from '../../settings.ts';

/** @param use gets milliseconds since 1970, by the clock of the state. @param make whether to create a missing state directory; otherwise it counts as empty */
export async function withDirectory(
  context: CommandContext,
  use: (directory: UserDirectory, now: number) => void,
  { make = true }: { readonly make?: boolean } = {},
): Promise<void> {
  await withUsersFile(context, make, (users, now) => using(openUsers(users), (directory) => use(directory, now)));
}

/** Also where nothing can be written. */
export async function readDirectory(context: CommandContext, use: (directory: UserDirectory) => void): Promise<void> {
  const { values } = await commandSettings(context);
  const { directory, users } = statePaths(values['state-dir']);
  if (existsSync(directory)) ensurePrivateDirectory(directory);
  using(existsSync(users) ? openUsers(users, { readOnly: true }) : openUsers(':memory:'), use);
}

function using(directory: UserDirectory, use: (directory: UserDirectory) => void): void {
  try {
    use(directory);
  } finally {
    directory.close();
  }
}

/** Runs `change` as one transaction, with the sign-ins of the users in reach. */
export async function changeUsers<T>(
  context: CommandContext,
  change: (rows: SignInRows, now: number) => T,
): Promise<T> {
  return withUsersFile(context, false, async (users, now) => {
    const signIns = await openSignIns(users);
    try {
      return await signIns.write((rows) => change(rows, now));
    } finally {
      signIns.close();
    }
  });
}

async function withUsersFile<T>(
  context: CommandContext,
  make: boolean,
  use: (path: string, now: number) => T | Promise<T>,
): Promise<T> {
  const resolved = await commandSettings(context);
  const { 'state-dir': stateDirectory } = resolved.values;
  const clock = clockedBy(resolved.values, context.runtime.now);
  if (!make && !existsSync(stateDirectory)) return use(':memory:', clock());
  noteNewPlaces(context, resolved);
  const paths = openStateDirectory(stateDirectory);
  // The time after the wait: users are listed in the order in which they are added, and show these times.
  const change = () => use(paths.users, clock());
  return guarded(paths.directory, 'agent-paste users', change, { onWait: context.output.note });
}

/** @param sharing users with that address, two of them at least where there are more. @throws Failure not_found, conflict */
export function userNamed(
  named: string,
  ofId: DirectoryUser | undefined,
  [first, ...others]: readonly DirectoryUser[],
): DirectoryUser {
  if (ofId !== undefined) return ofId;
  if (others.length > 0)
    throw new Failure(
      'conflict',
      `${named} is the address of several users`,
      'Name one by id; see `agent-paste users list`.',
    );
  if (first === undefined)
    throw new Failure('not_found', `there is no user ${JSON.stringify(named)}`, 'See `agent-paste users list`.');
  return first;
}

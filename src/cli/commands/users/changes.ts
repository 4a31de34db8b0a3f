/** `agent-paste users update` and `users sign-out` */
import type { Command } from 'commander';
import { Failure } from '../../../errors/failure.ts';
import { isoTime } from '../../../machine/values/time.ts';
import { email, externalId, personName } from '../../../machine/values/user.ts';
import { hashPassword } from '../../../workos/authkit/password.ts';
import type { SignInRows } from '../../../workos/authkit/sign-ins.ts';
import type { DirectoryUser, HiddenUserFields } from '../../../workos/users.ts';
import { argument } from '../../arguments.ts';
import type { Action, CommandContext } from '../../command.ts';
import { addExamples } from '../../examples.ts';
import { readPassword } from '../../password-input.ts';
import { changeUsers, userNamed } from './user-state.ts';

export function configureChanges(users: Command, action: Action): void {
  addExamples(users.command('update <user>'), [
    'agent-paste users add ada@example.com --id user_ada',
    'agent-paste users update user_ada --email ada@lovelace.example --last-name Lovelace',
  ])
    .description('Change a user, named by id or e-mail address; what is not given stays as it is.')
    .option('--email <address>', 'e-mail address', argument('--email', email))
    .option('--first-name <name>', 'first name', argument('--first-name', personName))
    .option('--last-name <name>', 'last name', argument('--last-name', personName))
    .option('--external-id <id>', 'id of the user in another system', argument('--external-id', externalId))
    .option('--verified', 'the address is verified')
    .option('--unverified', 'the address is not verified, and a sign-in verifies it first')
    .option('--password <source>', '- for a password on stdin')
    .action(action((context, user: string, flags: UpdateFlags) => update(context, user, flags)));
  addExamples(users.command('sign-out <user>'), [
    'agent-paste users add ada@example.com --id user_ada',
    'agent-paste users sign-out user_ada',
  ])
    .description('End every session of a user: their refresh tokens are refused from now on.')
    .action(action((context, user: string) => signOut(context, user)));
}

interface UpdateFlags {
  readonly email?: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly externalId?: string;
  readonly verified?: true;
  readonly unverified?: true;
  readonly password?: string;
}

/** @throws Failure invalid_argument, not_found; conflict for an address or external id of another user */
async function update(context: CommandContext, named: string, flags: UpdateFlags): Promise<void> {
  const { output, runtime } = context;
  if (Object.keys(flags).length === 0)
    throw new Failure('invalid_argument', 'nothing is to be changed', 'See `agent-paste users update --help`.');
  if (flags.verified && flags.unverified)
    throw new Failure('invalid_argument', '--verified and --unverified contradict each other', 'Give one of them.');
  const { password } = flags;
  const hidden: HiddenUserFields =
    password === undefined
      ? {}
      : { passwordHash: await hashPassword(await readPassword(runtime, password), runtime.random) };
  const user = await changeUsers(context, (rows, now) => {
    const known = found(rows, named);
    const next = { ...changed(known, flags), updated_at: isoTime(now) };
    refuseTaken(rows, known, next);
    rows.users.update(next, hidden);
    return next;
  });
  if (output.json) output.document({ user });
  else output.line(user.id);
}

function changed(user: DirectoryUser, flags: UpdateFlags): DirectoryUser {
  return {
    ...user,
    email: flags.email ?? user.email,
    first_name: flags.firstName ?? user.first_name,
    last_name: flags.lastName ?? user.last_name,
    external_id: flags.externalId ?? user.external_id,
    email_verified: flags.verified ?? (flags.unverified ? false : user.email_verified),
  };
}

function refuseTaken({ users }: SignInRows, { id, ...user }: DirectoryUser, next: DirectoryUser): void {
  const [holder] = users.sharing(next.email).filter((other) => other.id !== id);
  if (holder !== undefined && next.email.toLowerCase() !== user.email.toLowerCase())
    throw new Failure('conflict', `${next.email} is the address of ${holder.id} already`, 'Give another address.');
  const owner = next.external_id === null ? undefined : users.ofExternalId(next.external_id);
  if (owner !== undefined && owner.id !== id)
    throw new Failure(
      'conflict',
      `the external id ${JSON.stringify(next.external_id)} belongs to ${owner.id} already`,
      'Give each user another one.',
    );
}

/** @throws Failure not_found, conflict */
async function signOut(context: CommandContext, named: string): Promise<void> {
  const { output } = context;
  const { user, ended } = await changeUsers(context, (rows, now) => {
    const known = found(rows, named);
    return { user: known, ended: rows.sessions.endAll(known.id, now) };
  });
  if (output.json) output.document({ user, sessions_ended: ended });
  else output.line(user.id);
  if (!output.json) output.note(`${ended} session${ended === 1 ? '' : 's'} ended`);
}

function found({ users }: SignInRows, named: string): DirectoryUser {
  return userNamed(named, users.find(named), users.sharing(named));
}

/** `agent-paste users …` */
import type { Command } from 'commander';
import { Failure } from '../../errors/failure.ts';
import { isoTime } from '../../machine/values/time.ts';
import { email, personName, userId } from '../../machine/values/user.ts';
import { hashPassword } from '../../workos/authkit/password.ts';
import { type DirectoryUser, type HiddenUserFields, newUser, type UserDirectory } from '../../workos/users.ts';
import { argument, count } from '../arguments.ts';
import type { Action, CommandContext } from '../command.ts';
import { addExamples } from '../examples.ts';
import { COMPARED_USERS, noSuchAddress } from '../no-such-address.ts';
import { readPassword } from '../password-input.ts';
import { type Column, layout, terminalWidth } from '../terminal/fitted-table.ts';
import { nextPage } from '../terminal/shell.ts';
import { configureChanges } from './users/changes.ts';
import { readDirectory, userNamed, withDirectory } from './users/user-state.ts';

export function configure(command: Command, action: Action): void {
  addExamples(command, [
    'agent-paste users add ada@example.com',
    'agent-paste users list',
    'agent-paste users remove ada@example.com',
  ]);
  addExamples(command.command('list'), [
    'agent-paste users list',
    'agent-paste users list --email ada@example.com --json',
  ])
    .description('The users of the local WorkOS, newest first.')
    .option('--email <address>', 'only users with this address')
    .option('--limit <n>', 'how many (default 50)', count('--limit', 1000))
    .option('--cursor <id>', 'go on after this user, as next_cursor of the page before says')
    .action(
      action((context, flags: ListFlags) => readDirectory(context, (directory) => list(context, directory, flags))),
    );
  addExamples(command.command('add'), [
    'agent-paste users add ada@example.com',
    'agent-paste users add grace@example.com --id user_grace --first-name Grace',
  ])
    .description('Add a user, and print the WorkOS user id.')
    .argument('<email>', 'e-mail address', argument('email', email))
    .option('--id <id>', 'WorkOS user id (default: a fresh one)', argument('--id', userId))
    .option('--first-name <name>', 'first name', argument('--first-name', personName))
    .option('--last-name <name>', 'last name', argument('--last-name', personName))
    .option('--unverified', 'the address is not verified, and a sign-in verifies it first')
    .option('--password <source>', '- for a password on stdin')
    .action(
      action(async (context, address: string, flags: AddFlags) => {
        const hidden = await hiddenOf(context, flags);
        await withDirectory(context, (directory, now) => add(context, directory, now, address, flags, hidden));
      }),
    );
  configureChanges(command, action);
  addExamples(command.command('remove <user>'), [
    'agent-paste users add ada@example.com --id user_ada',
    'agent-paste users remove user_ada',
  ])
    .description('Remove a user, named by id or e-mail address: their tokens and sessions are refused from now on.')
    .action(
      action((context, user: string) =>
        withDirectory(context, (directory) => remove(context, directory, user), { make: false }),
      ),
    );
}

interface ListFlags {
  readonly email?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

interface AddFlags {
  readonly id?: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly unverified?: true;
  readonly password?: string;
}

async function hiddenOf({ runtime }: CommandContext, { password }: AddFlags): Promise<HiddenUserFields> {
  if (password === undefined) return {};
  return { passwordHash: await hashPassword(await readPassword(runtime, password), runtime.random) };
}

function list(
  { output, runtime }: CommandContext,
  directory: UserDirectory,
  { email, limit = 50, cursor }: ListFlags,
): void {
  if (cursor !== undefined && directory.find(cursor) === undefined)
    throw new Failure('invalid_argument', `--cursor: there is no user ${JSON.stringify(cursor)}`);
  const { users, after } = directory.list({ email, limit, after: cursor });
  if (output.json)
    output.document({
      users,
      next_cursor: after,
      items: users,
      page_info: { next_cursor: after, has_more: after !== null },
    });
  else if (users.length === 0) output.note(noUsers(directory, email));
  else
    for (const text of layout(COLUMNS, users, { width: terminalWidth(runtime.stdout), heading: String }))
      output.line(text);
  if (!output.json && after !== null) output.note(`more: ${nextPage(runtime.argv, after)}`);
}

function noUsers(directory: UserDirectory, email: string | undefined): string {
  const { users } = directory.list({ limit: email === undefined ? 1 : COMPARED_USERS });
  if (email === undefined || users.length === 0)
    return 'no users yet: `agent-paste users add <email>`, or mint a token for one';
  return noSuchAddress(email, users);
}

function add(
  { runtime, output }: CommandContext,
  directory: UserDirectory,
  now: number,
  email: string,
  { id, firstName, lastName, unverified, password }: AddFlags,
  hidden: HiddenUserFields,
): void {
  const wanted = {
    ...newUser(id ?? `user_${runtime.random.ulid(now)}`, email, isoTime(now)),
    first_name: firstName ?? null,
    last_name: lastName ?? null,
    email_verified: !unverified,
  };
  const [user, ...sharing] =
    id === undefined ? directory.findOrAdd(wanted, hidden) : [addedOrSame(directory, wanted, hidden)];
  if (sharing.length > 0) throw shared(user);
  refuseOtherNames(user, firstName, lastName);
  if (user !== wanted && (unverified || password !== undefined)) throw there(user);
  if (user !== wanted) output.note(`${user.email} is a user already`);
  if (output.json) output.document({ user });
  else output.line(user.id);
}

/** Does nothing for a known id with the same address. @throws Failure conflict */
function addedOrSame(directory: UserDirectory, wanted: DirectoryUser, hidden: HiddenUserFields): DirectoryUser {
  return directory.atomically(() => {
    const known = directory.find(wanted.id);
    if (known?.email.toLowerCase() === wanted.email.toLowerCase()) return known;
    directory.add(wanted, hidden);
    return wanted;
  });
}

/** @throws Failure conflict if the user exists with another name */
function refuseOtherNames(user: DirectoryUser, firstName: string | undefined, lastName: string | undefined): void {
  const other =
    (firstName !== undefined && firstName !== user.first_name) ||
    (lastName !== undefined && lastName !== user.last_name);
  if (other) throw shared(user, ', under another name');
}

/** `add` does not change existing users. */
function there({ id, email }: DirectoryUser): Failure {
  return new Failure(
    'conflict',
    `${email} is a user already: ${id}`,
    `Use \`agent-paste users update ${id}\` with --unverified or --password.`,
  );
}

function shared({ id, email }: DirectoryUser, detail = ' and of others'): Failure {
  return new Failure(
    'conflict',
    `${email} is the address of ${id} already${detail}`,
    'Give the new user an --id of their own if they should share it.',
  );
}

/** Their sessions end with them. @throws Failure not_found; conflict for an address that several users have */
function remove({ output }: CommandContext, directory: UserDirectory, named: string): void {
  const user = userNamed(named, directory.find(named), directory.list({ email: named, limit: 2 }).users);
  directory.remove(user.id);
  if (output.json) output.document({ removed: user });
  else output.line(user.id);
}

const COLUMNS: readonly Column<DirectoryUser>[] = [
  { name: 'id', cell: ({ id }) => id, cut: ['middle', 31] }, // of our ids all: other commands need them whole
  { name: 'email', cell: ({ email }) => email, cut: ['end', 16] },
  { name: 'created', cell: ({ created_at }) => created_at, drop: 1 },
];

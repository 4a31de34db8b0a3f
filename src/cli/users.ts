/** `agent-paste users …` */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { Failure } from '../errors.ts';
import { newUser, refuseBadEmail, refuseBadUserId } from '../local-users.ts';
import { openStateDirectory } from '../state-directory.ts';
import { type DirectoryUser, openDirectory, type UserDirectory } from '../store/directory.ts';
import { count } from './arguments.ts';
import type { Action, CommandContext } from './command.ts';
import { addExamples } from './examples.ts';
import { commandSettings } from './settings.ts';
import { table } from './table.ts';

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
      action((context, flags: ListFlags) =>
        withDirectory(context, (directory) => list(context, directory, flags), { make: false }),
      ),
    );
  addExamples(command.command('add <email>'), [
    'agent-paste users add ada@example.com',
    'agent-paste users add grace@example.com --id user_grace --first-name Grace',
  ])
    .description('Add a user, and print the WorkOS user id.')
    .option('--id <id>', 'WorkOS user id (default: a fresh one)')
    .option('--first-name <name>', 'first name')
    .option('--last-name <name>', 'last name')
    .action(
      action((context, email: string, flags: AddFlags) => {
        refuseBadUser(email, flags);
        return withDirectory(context, (directory) => add(context, directory, email, flags));
      }),
    );
  addExamples(command.command('remove <user>'), [
    'agent-paste users add ada@example.com --id user_ada',
    'agent-paste users remove user_ada',
  ])
    .description('Remove a user, named by id or e-mail address: their tokens are refused from now on.')
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
}

/** @param make without it, a state directory that nobody has made yet has no users, and stays unmade */
async function withDirectory(
  context: CommandContext,
  use: (directory: UserDirectory) => void,
  { make = true }: { readonly make?: boolean } = {},
): Promise<void> {
  const { values } = await commandSettings(context);
  const exists = make || existsSync(values['state-dir']);
  const directory = openDirectory(exists ? openStateDirectory(values['state-dir']).users : ':memory:');
  try {
    use(directory);
  } finally {
    directory.close();
  }
}

function list({ output }: CommandContext, directory: UserDirectory, { email, limit = 50, cursor }: ListFlags): void {
  if (cursor !== undefined && directory.find(cursor) === undefined)
    throw new Failure('invalid_argument', `--cursor: there is no user ${JSON.stringify(cursor)}`);
  const { users, after } = directory.list({ email, limit, after: cursor });
  if (output.json) output.document({ users, next_cursor: after });
  else if (users.length === 0) output.note('no users yet: `agent-paste users add <email>`, or mint a token for one');
  else print(output.line, users);
  if (!output.json && after !== null) output.note(`more: --cursor ${after}`);
}

function add(
  { runtime, output }: CommandContext,
  directory: UserDirectory,
  email: string,
  { id, firstName, lastName }: AddFlags,
): void {
  const taken = id === undefined ? directory.findByEmail(email) : undefined;
  if (taken)
    throw new Failure(
      'conflict',
      `${email} is the address of ${taken.id} already`,
      'Give the new user an --id of their own if two should share it.',
    );
  const now = runtime.now();
  const user = {
    ...newUser(id ?? `user_${runtime.random.ulid(now)}`, email, new Date(now).toISOString()),
    first_name: firstName ?? null,
    last_name: lastName ?? null,
  };
  directory.add(user);
  if (output.json) output.document({ user });
  else output.line(user.id);
}

/** @throws Failure invalid_argument */
function refuseBadUser(email: string, { id, firstName, lastName }: AddFlags): void {
  refuseBadEmail(email);
  if (id !== undefined) refuseBadUserId('--id', id);
  for (const [flag, name] of [
    ['--first-name', firstName],
    ['--last-name', lastName],
  ] as const) {
    if (name !== undefined && (name.trim() === '' || name.length > 200))
      throw new Failure('invalid_argument', `${flag}: accepted are names of 1 to 200 characters`);
  }
}

/** @throws Failure not_found; conflict for an address that several users have */
function remove({ output }: CommandContext, directory: UserDirectory, named: string): void {
  const sharing = directory.list({ email: named, limit: 2 }).users;
  const user = directory.find(named) ?? sharing[0];
  if (user?.id !== named && sharing.length > 1)
    throw new Failure(
      'conflict',
      `${named} is the address of several users`,
      'Name one by id; see `agent-paste users list`.',
    );
  if (user === undefined || !directory.remove(user.id))
    throw new Failure('not_found', `there is no user ${JSON.stringify(named)}`, 'See `agent-paste users list`.');
  if (output.json) output.document({ removed: user });
  else output.line(user.id);
}

function print(line: (text: string) => void, users: readonly DirectoryUser[]): void {
  for (const text of table(
    ['id', 'email', 'created'],
    users.map(({ id, email, created_at }) => [id, email, created_at]),
  ))
    line(text);
}

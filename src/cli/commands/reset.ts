/** `agent-paste reset` */

import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { relative } from 'node:path';
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { Failure } from '../../errors/failure.ts';
import { visible } from '../../errors/foreign-text.ts';
import { notedDatabases, notedDatabasesFile } from '../../machine/noted-databases.ts';
import { systemReason } from '../../machine/private-file.ts';
import { databaseOf, type StatePaths, statePaths } from '../../machine/state-directory.ts';
import { stateFiles } from '../../machine/state-files.ts';
import { guarded, type StateGuard } from '../../machine/state-guard.ts';
import { isDatabaseUrl } from '../../machine/values/database-url.ts';
import { openRemoval } from '../../store/open.ts';
import type { Removal as StoreRemoval } from '../../store/removal.ts';
import type { Action, CommandContext } from '../command.ts';
import { addExamples } from '../examples.ts';
import { settingOptions } from '../setting-options.ts';
import { commandSettings } from '../settings.ts';

interface ResetFlags {
  readonly yes?: boolean;
  readonly keepKeys?: boolean;
}

export function configure(command: Command, action: Action): void {
  addExamples(command, ['agent-paste reset --yes', 'agent-paste reset --yes --keep-keys']);
  settingOptions(command, 'db')
    .option('--yes', 'do not ask; needed where there is no terminal')
    .option('--keep-keys', 'keep the signing keys, so that tokens stay good')
    .action(action((context, flags: ResetFlags) => reset(context, flags)));
}

interface Removal {
  readonly paths: StatePaths;
  readonly database: string;
  readonly store: StoreRemoval;
  readonly keepKeys: boolean;
}

/** Removes workspaces, members, keys, records, users and peppers; signing keys too, unless they are kept. */
async function reset(context: CommandContext, { yes = false, keepKeys = false }: ResetFlags): Promise<void> {
  const { output } = context;
  const { values: settings } = await commandSettings(context);
  const paths = statePaths(settings['state-dir']);
  const database = databaseOf(settings, paths);
  const store = await openRemoval({ database, users: paths.users });
  const removal = { paths, database, store, keepKeys };
  const files = filesOf(removal);
  if (files.length === 0) {
    if (output.json) output.document({ removed: [] });
    else output.note(`nothing to remove in ${paths.directory}`);
    return;
  }
  // The guard is not held while a person decides, so all files are checked again under it.
  await underGuard(removal, output.note, (guard) => refuse(removal, guard));
  const answer = yes ? 'yes' : await ask(context, removal, files);
  if (answer !== 'yes') {
    output.note('nothing was removed');
    context.exitWith(answer === 'interrupted' ? 130 : 1);
    return;
  }
  const removed = await underGuard(removal, output.note, (guard) => {
    refuse(removal, guard);
    const found = filesOf(removal);
    for (const file of found) remove(file);
    return found;
  });
  if (output.json) output.document({ removed });
  else for (const file of removed) output.line(visible(file));
}

function underGuard<T>({ paths }: Removal, onWait: (text: string) => void, work: (guard: StateGuard) => T): Promise<T> {
  return guarded(paths.directory, 'agent-paste reset', work, { onWait });
}

/** A database is removed before its pepper. */
function filesOf({ paths, store, keepKeys }: Removal): readonly string[] {
  return [...store.files(), ...stateFiles(paths, { keepKeys })];
}

/** @throws Failure state_locked, state_corrupt; conflict for a pepper that another database needs */
function refuse({ paths, database, store }: Removal, guard: StateGuard): void {
  if (guard.isServed())
    throw new Failure(
      'state_locked',
      `${paths.directory} is in use by a server or another command`,
      'Stop it first; nothing was removed.',
    );
  store.refuse();
  const [other] = notedDatabases(paths).filter((noted) => noted !== database);
  if (other !== undefined)
    throw new Failure(
      'conflict',
      `${other} was made with the pepper of ${paths.directory}, and its answers and API keys would be lost`,
      isDatabaseUrl(other)
        ? `Drop its schema there, then take it out of ${notedDatabasesFile(paths)}; nothing was removed.`
        : 'Name it with --db to remove both, or move it away first; nothing was removed.',
    );
}

/** @throws Failure invalid_argument without a terminal */
async function ask(
  { runtime, output }: CommandContext,
  { paths, keepKeys }: Removal,
  files: readonly string[],
): Promise<'yes' | 'no' | 'interrupted'> {
  const { stdin, stderr } = runtime;
  if (stdin.isTTY !== true || !stderr.isTTY)
    throw new Failure(
      'invalid_argument',
      `this would remove ${files.length === 1 ? '1 file' : `${files.length} files`} of the state ${paths.directory}: ${files.map((file) => relative(paths.directory, file)).join(', ')}`,
      'There is no terminal to ask on: add --yes if that is what you want.',
    );
  for (const file of files) stderr.write(`  ${visible(file)}\n`);
  stderr.write(`What is lost: ${lost(keepKeys)}.\n`);
  const terminal = createInterface({ input: stdin, output: stderr.stream() });
  const answered = once(terminal, 'line').then(([text]) => (/^y(?:es)?$/i.test(text.trim()) ? 'yes' : 'no'));
  const interrupted = once(terminal, 'SIGINT').then(() => 'interrupted' as const); // Ctrl-C
  const closed = once(terminal, 'close').then(() => 'no' as const); // Ctrl-D
  terminal.setPrompt(
    output.paintNote.bold(`Remove ${files.length === 1 ? 'this file' : `these ${files.length} files`}? [y/N] `),
  );
  terminal.prompt();
  try {
    return await Promise.race([answered, interrupted, closed]);
  } finally {
    terminal.close();
  }
}

function lost(keepKeys: boolean): string {
  const rows = 'every workspace, member, API key and stored answer, and the users of the local WorkOS';
  return keepKeys ? rows : `${rows}; tokens signed so far are refused from then on`;
}

function remove(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch (error) {
    throw new Failure('state_unwritable', `cannot remove ${file}: ${systemReason(error)}`, undefined, error);
  }
}

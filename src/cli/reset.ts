/** `agent-paste reset` */
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { Failure } from '../errors.ts';
import { systemReason } from '../private-file.ts';
import { statePaths } from '../state-directory.ts';
import { stateFiles } from '../state-files.ts';
import { attemptsPath } from '../store/attempts.ts';
import { isInUse } from '../store/in-use.ts';
import type { Action, CommandContext } from './command.ts';
import { addExamples } from './examples.ts';
import { visible } from './output.ts';
import { commandSettings } from './settings.ts';

interface ResetFlags {
  readonly yes?: boolean;
  readonly keepKeys?: boolean;
}

export function configure(command: Command, action: Action): void {
  addExamples(command, ['agent-paste reset --yes', 'agent-paste reset --yes --keep-keys']);
  command
    .option('--yes', 'do not ask; needed where there is no terminal')
    .option('--keep-keys', 'keep the signing keys, so that tokens stay good')
    .option('--db <path>', 'the database file (default agent-paste.db in the state directory)')
    .action(action((context, flags: ResetFlags) => reset(context, flags)));
}

/** Removes workspaces, members, keys, records, users and peppers; signing keys too, unless they are kept. */
async function reset(context: CommandContext, { yes = false, keepKeys = false }: ResetFlags): Promise<void> {
  const { output } = context;
  const { values: settings } = await commandSettings(context);
  const paths = statePaths(settings['state-dir']);
  const database = resolve(context.runtime.cwd, settings.db ?? paths.database);
  const databases = [database, attemptsPath(database), paths.users];
  const files = stateFiles(paths, databases, { keepKeys });
  if (files.length === 0) {
    if (output.json) output.document({ removed: [] });
    else output.note(`nothing to remove in ${paths.directory}`);
    return;
  }
  refuseUsed(databases);
  const answer = yes ? 'yes' : await ask(context, files);
  if (answer !== 'yes') {
    output.note('nothing was removed');
    context.exitWith(answer === 'interrupted' ? 130 : 1);
    return;
  }
  refuseUsed(databases); // a server may have started while the question stood
  for (const file of files) remove(file);
  if (output.json) output.document({ removed: files });
  else for (const file of files) output.line(visible(file));
}

/** @throws Failure state_locked */
function refuseUsed(databases: readonly string[]): void {
  for (const path of databases) {
    if (isInUse(path))
      throw new Failure(
        'state_locked',
        `${path} is in use by a server or another command`,
        'Stop it first; nothing was removed.',
      );
  }
}

/** @throws Failure invalid_argument where nobody can be asked */
async function ask(
  { runtime, output }: CommandContext,
  files: readonly string[],
): Promise<'yes' | 'no' | 'interrupted'> {
  const { stdin, stderr } = runtime;
  if (stdin.isTTY !== true || stderr.isTTY !== true)
    throw new Failure(
      'invalid_argument',
      `this would remove ${files.length} files of ${dirname(files.at(-1) ?? '')}, and nobody can be asked`,
      'Add --yes if that is what you want.',
    );
  for (const file of files) stderr.write(`  ${visible(file)}\n`);
  const terminal = createInterface({ input: stdin, output: stderr });
  const answered = once(terminal, 'line').then(([text]) => (/^y(?:es)?$/i.test(text.trim()) ? 'yes' : 'no'));
  const interrupted = once(terminal, 'SIGINT').then(() => 'interrupted' as const); // Ctrl-C
  const closed = once(terminal, 'close').then(() => 'no' as const); // Ctrl-D
  terminal.setPrompt(output.paintNote.bold(`Remove these ${files.length} files? [y/N] `));
  terminal.prompt();
  try {
    return await Promise.race([answered, interrupted, closed]);
  } finally {
    terminal.close();
  }
}

function remove(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch (error) {
    throw new Failure('state_unwritable', `cannot remove ${file}: ${systemReason(error)}`, undefined, error);
  }
}

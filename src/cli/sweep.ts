/** `agent-paste sweep` */
import type { Command } from 'commander';
import { statePaths } from '../state-directory.ts';
import { preparedFile } from '../store/database-file.ts';
import { asFailure } from '../store/faults.ts';
import { openPeppers } from '../store/peppers.ts';
import { MAIN_SCHEMA } from '../store/schema.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import type { Action, CommandContext } from './command.ts';
import { addExamples } from './examples.ts';
import { commandSettings } from './settings.ts';

export function configure(command: Command, action: Action): void {
  addExamples(command, ['agent-paste sweep', 'agent-paste sweep --json']);
  command
    .option('--db <path>', 'the database file (default agent-paste.db in the state directory)')
    .action(action((context) => sweep(context)));
}

/** A server does the same every ten minutes; both may. */
async function sweep(context: CommandContext): Promise<void> {
  const { runtime, output } = context;
  const { values: settings } = await commandSettings(context);
  const paths = statePaths(settings['state-dir']);
  const path = settings.db ?? paths.database;
  refuseOther(path);
  const store = openSqliteStore({
    path,
    peppers: openPeppers(paths.peppers, path, runtime.random),
    random: runtime.random,
    keyEnvironment: settings['key-env'],
  });
  try {
    const dropped = await store.sweep(runtime.now());
    if (output.json) output.document({ dropped });
    else output.line(`${dropped} expired ${dropped === 1 ? 'record' : 'records'} dropped`);
  } finally {
    store.close();
  }
}

/** Nothing is made for what is not there, and nothing beside what is not ours. */
function refuseOther(path: string): void {
  try {
    preparedFile(path, MAIN_SCHEMA, true);
  } catch (error) {
    throw asFailure(error, path);
  }
}

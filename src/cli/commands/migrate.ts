/** `agent-paste migrate` */
import type { Command } from 'commander';
import { databaseOf, statePaths } from '../../machine/state-directory.ts';
import { withoutPassword } from '../../machine/values/database-url.ts';
import { migrateDatabase } from '../../store/open.ts';
import type { Action, CommandContext } from '../command.ts';
import { addExamples } from '../examples.ts';
import { settingOptions } from '../setting-options.ts';
import { commandSettings } from '../settings.ts';

export function configure(command: Command, action: Action): void {
  addExamples(command, [
    'agent-paste migrate --db postgres://owner@127.0.0.1:5432/paste',
    'AGENT_PASTE_DB=postgres://owner@127.0.0.1:5432/paste agent-paste migrate --json',
  ]);
  settingOptions(command, 'db')
    .addHelpText(
      'after',
      `
For servers whose PostgreSQL user may not create tables: run it as the owner,
then grant that user its rights. A server whose user may create them does the
same when it starts.
`,
    )
    .action(action((context) => migrate(context)));
}

async function migrate(context: CommandContext): Promise<void> {
  const { runtime, output } = context;
  const { values: settings } = await commandSettings(context);
  const database = databaseOf(settings, statePaths(settings['state-dir']));
  const { version, changed } = await migrateDatabase(database, runtime.random);
  if (output.json) output.document({ database: withoutPassword(database), version, changed });
  else output.line(`${withoutPassword(database)} ${changed ? 'now has' : 'had'} version ${version}`);
}

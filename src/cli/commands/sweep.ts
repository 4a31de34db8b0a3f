/** `agent-paste sweep` */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { clockedBy } from '../../machine/state-clock.ts';
import { databaseOf, pepperPlaceOf, statePaths } from '../../machine/state-directory.ts';
import { guarded } from '../../machine/state-guard.ts';
import { openStore } from '../../store/open.ts';
import type { Action, CommandContext } from '../command.ts';
import { addExamples } from '../examples.ts';
import { settingOptions } from '../setting-options.ts';
import { commandSettings } from '../settings.ts';

export function configure(command: Command, action: Action): void {
  addExamples(command, ['agent-paste sweep', 'agent-paste sweep --json']);
  settingOptions(command, 'db', 'peppers').action(action((context) => sweep(context)));
}

/** A server does the same every ten minutes; both may. */
async function sweep(context: CommandContext): Promise<void> {
  const { runtime, output } = context;
  const { values: settings } = await commandSettings(context);
  const paths = statePaths(settings['state-dir']);
  const work = async (): Promise<number> => {
    const { store } = await openStore({
      database: databaseOf(settings, paths),
      peppers: pepperPlaceOf(settings, paths),
      random: runtime.random,
      keyEnvironment: settings['key-env'],
      mustExist: true,
    });
    try {
      return await store.sweep(clockedBy(settings, runtime.now)());
    } finally {
      await store.close();
    }
  };
  // Without peppers, no guard file is created: opening the database reports what is missing.
  const dropped = existsSync(paths.peppers)
    ? await guarded(paths.directory, 'agent-paste sweep', work, { onWait: output.note })
    : await work();
  if (output.json) output.document({ dropped });
  else output.line(`${dropped} expired ${dropped === 1 ? 'record' : 'records'} dropped`);
}

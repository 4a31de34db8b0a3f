/** `agent-paste inspect …` */
import type { Command } from 'commander';
import { closest } from '../../errors/closest.ts';
import { Failure } from '../../errors/failure.ts';
import type { Action } from '../command.ts';
import { addExamples } from '../examples.ts';
import { settingOptions } from '../setting-options.ts';
import { BUNDLE, configureBundle } from './inspect/bundle.ts';
import { configureLists, LISTED } from './inspect/listing.ts';
import { configurePages, PAGED } from './inspect/pages.ts';
import { refuseBesideWeb, tablesOption } from './inspect/tables.ts';

export function configure(command: Command, action: Action, called = ''): void {
  addExamples(command, [
    'agent-paste inspect member ada@example.com',
    'agent-paste inspect callbacks --since 10m',
    'agent-paste inspect --audit',
  ]);
  tablesOption(settingOptions(command, 'db', 'peppers', 'inspector-port'))
    .usage('[options] <what> [id]')
    .argument('[what]')
    .argument('[id]')
    .option('--audit', 'check that a database keeps the promises, and name what breaks them')
    .option('--web', 'a page in the browser that shows the database')
    .action(
      action(
        async (
          context,
          what: string | undefined,
          _id: string | undefined,
          { audit, web }: { audit?: true; web?: true },
        ) => {
          if (what === undefined && web) return (await import('./inspect/web.ts')).inspectOnPage(context);
          if (what === undefined && audit) return (await import('./inspect/audit.ts')).auditDatabase(context, command);
          const known = command.commands.map((each) => each.name());
          throw new Failure(
            'invalid_argument',
            what === undefined
              ? 'what is to be inspected is missing'
              : `${JSON.stringify(what)} cannot be inspected${closest(what, known)}`,
            `Accepted: ${known.join(', ')}, --audit, or --web.`,
          );
        },
      ),
    );
  // A list instead of an audit would exit with 0, and a script would read that as the verdict.
  command.hook('preAction', (inspect, called) => {
    refuseBesideWeb(inspect);
    const { audit, web } = inspect.opts<{ audit?: true; web?: true }>();
    if (called === inspect || !(audit || web)) return;
    const option = audit ? '--audit' : '--web';
    throw new Failure('invalid_argument', `${option} is of the whole database, not of ${called.name()}`);
  });
  const isCalled = (name: string) => name === called;
  const wanted = [...LISTED, ...PAGED, BUNDLE].some(isCalled) ? isCalled : () => true;
  configureLists(command, action, LISTED.filter(wanted));
  configurePages(command, action, PAGED.filter(wanted));
  if (wanted(BUNDLE)) configureBundle(command, action);
}

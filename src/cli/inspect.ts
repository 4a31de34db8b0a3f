/** `agent-paste inspect …` */
import type { Command } from 'commander';
import { closest } from '../closest.ts';
import { Failure } from '../errors.ts';
import type { Action } from './command.ts';
import { addExamples } from './examples.ts';
import { configureLists } from './inspect/listing.ts';
import { configurePages } from './inspect/pages.ts';

export function configure(command: Command, action: Action): void {
  addExamples(command, [
    'agent-paste inspect member ada@example.com',
    'agent-paste inspect callbacks --since 10m',
    'agent-paste inspect --audit',
  ]);
  command
    .usage('[options] <what> [id]')
    .argument('[what]')
    .argument('[id]')
    .option('--db <path>', 'the database file (default agent-paste.db in the state directory)')
    .option('--audit', 'check that a database keeps the promises, and name what breaks them')
    .action(
      action(async (context, what: string | undefined, _id: string | undefined, { audit }: { audit?: true }) => {
        if (what === undefined && audit) return (await import('./inspect/audit.ts')).auditDatabase(context);
        const known = command.commands.map((each) => each.name());
        throw new Failure(
          'invalid_argument',
          what === undefined
            ? 'what is to be inspected is missing'
            : `${JSON.stringify(what)} cannot be inspected${closest(what, known)}`,
          `Accepted: ${known.join(', ')}, or --audit.`,
        );
      }),
    );
  // A list in its place would end with 0, and a script take that for the verdict.
  command.hook('preAction', (inspect, called) => {
    if (called === inspect || !inspect.opts<{ audit?: true }>().audit) return;
    throw new Failure('invalid_argument', `--audit is of the whole database, not of ${called.name()}`);
  });
  configureLists(command, action);
  configurePages(command, action);
}

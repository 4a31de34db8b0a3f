/** The command line: global options, and the subcommands of `commands.ts`. */
import { Command } from 'commander';
import { EXIT_CODE_MEANINGS } from '../errors/failure.ts';
import type { Action, CommandRow } from './command.ts';
import { COMMANDS } from './commands.ts';
import { addExamples } from './examples.ts';
import { refuseRepeatedOptions } from './repeated-options.ts';
import { packageVersion, type Runtime } from './runtime.ts';
import { settingOptions } from './setting-options.ts';
import type { Output } from './terminal/output.ts';
import { paragraph } from './terminal/paragraph.ts';

export interface ProgramOptions {
  readonly runtime: Pick<Runtime, 'argv'> & Record<'stdout' | 'stderr', { readonly columns?: number | undefined }>;
  readonly output: Pick<Output, 'line'>;
  readonly action: Action;
  /** The subcommands whose arguments and options are loaded; the others have only their line of help. */
  readonly configured: (name: string) => boolean;
}

export async function createProgram({ runtime, output, action, configured }: ProgramOptions): Promise<Command> {
  const program = settingOptions(new Command('agent-paste'), 'state-dir')
    .description('Run, test and explain the agent-paste sign-in callback on your own machine.')
    .version(packageVersion())
    .option('--config <file>', 'configuration file (default: the nearest agent-paste.config.yaml or .json upwards)')
    .option('--json', 'machine-readable output')
    .option('--quiet', 'no hints, no progress, no request log')
    .option('--no-color', 'no colours (also NO_COLOR, which wins over FORCE_COLOR)')
    .configureHelp({ showGlobalOptions: true })
    .helpCommand(true) // commander leaves it out if the program itself has an action
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput({
      writeOut: (text) => output.line(text.replace(/\n$/, '')),
      writeErr: () => undefined, // `main` reports the error
      outputError: () => undefined,
      getOutHelpWidth: () => helpWidth(runtime.stdout.columns),
      getErrHelpWidth: () => helpWidth(runtime.stderr.columns),
      getOutHasColors: () => false,
    });
  addExamples(program, ['agent-paste serve', 'agent-paste mint --email ada@example.com', 'agent-paste inspect --help']);
  program.addHelpText('after', () => exitCodesHelp(helpWidth(runtime.stdout.columns)));
  const [first = '', second] = runtime.argv;
  // A command that is called by its name needs no other: help and a misspelt name do.
  const isAlone = Object.hasOwn(COMMANDS, first) && Object.keys(COMMANDS).filter(configured).length === 1;
  const rows = isAlone ? { [first]: COMMANDS[first as keyof typeof COMMANDS] } : COMMANDS;
  for (const [name, { summary, hidden, load }] of Object.entries<CommandRow>(rows)) {
    const command = program
      .command(name, { hidden: hidden ?? false })
      .summary(summary)
      .description(capitalized(summary))
      .copyInheritedSettings(program);
    if (!configured(name)) continue;
    (await load()).configure(command, action, isAlone ? second : undefined);
    refuseRepeatedOptions(command);
  }
  if (runtime.argv.length === 0) program.action(() => program.help());
  return program;
}

function exitCodesHelp(width: number): string {
  const rows = Object.entries(EXIT_CODE_MEANINGS).flatMap(([code, meaning]) =>
    paragraph(meaning, { width, indent: `  ${code.padEnd(5)}`, hanging: ' '.repeat(7) }),
  );
  return [
    '',
    'Exit codes:',
    ...rows,
    '',
    '`exec` returns the exit code of its command. `serve` ends with 0 when SIGINT or',
    'SIGTERM stops it.',
  ].join('\n');
}

/** The first argument that is a subcommand: the only one whose options need to be known. */
export function calledCommand(argv: readonly string[]): keyof typeof COMMANDS | undefined {
  return argv.find(
    (argument, index): argument is keyof typeof COMMANDS =>
      Object.hasOwn(COMMANDS, argument) && argv[index - 1] !== '--state-dir' && argv[index - 1] !== '--config',
  );
}

/** Whether a command does nothing beside its printing: no server, no timer, no other process waits for it. */
export function printsAndEnds(name: keyof typeof COMMANDS | undefined): boolean {
  return name === undefined || (COMMANDS[name] as CommandRow).serves !== true;
}

function helpWidth(columns: number | undefined): number {
  return Math.min(columns ?? 80, 110);
}

function capitalized(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}${summary.endsWith('?') ? '' : '.'}`;
}

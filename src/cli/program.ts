/** The command line: global options, and the subcommands of `commands.ts`. */
import { Command } from 'commander';
import type { Action, CommandRow } from './command.ts';
import { COMMANDS } from './commands.ts';
import { addExamples } from './examples.ts';
import type { Output } from './output.ts';
import { packageVersion, type Runtime } from './runtime.ts';

export interface ProgramOptions {
  readonly runtime: Pick<Runtime, 'stdout' | 'stderr' | 'argv'>;
  readonly output: Pick<Output, 'line'>;
  readonly action: Action;
  /** Which subcommands are to know their arguments and options; the others cost nothing but their line of help. */
  readonly configured: (name: string) => boolean;
}

export async function createProgram({ runtime, output, action, configured }: ProgramOptions): Promise<Command> {
  const program = new Command('agent-paste')
    .description('Run, test and explain the agent-paste sign-in callback on your own machine.')
    .version(packageVersion())
    .option(
      '--state-dir <dir>',
      'where keys, users and databases are kept (AGENT_PASTE_STATE_DIR; default .agent-paste)',
    )
    .option('--config <file>', 'configuration file (default: the nearest agent-paste.config.yaml or .json upwards)')
    .option('--json', 'machine-readable output')
    .option('--quiet', 'no hints, no progress, no request log')
    .option('--no-color', 'no colours (also NO_COLOR; FORCE_COLOR wants them in a pipe too)')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput({
      writeOut: (text) => output.line(text.replace(/\n$/, '')),
      writeErr: () => undefined, // said once, by `fail`
      outputError: () => undefined,
      getOutHelpWidth: () => helpWidth(runtime.stdout.columns),
      getErrHelpWidth: () => helpWidth(runtime.stderr.columns),
      getOutHasColors: () => false,
    });
  addExamples(program, ['agent-paste serve', 'agent-paste mint --email ada@example.com', 'agent-paste inspect --help']);
  program.addHelpText('after', EXIT_CODES_HELP);
  for (const [name, { summary, hidden, load }] of Object.entries<CommandRow>(COMMANDS)) {
    const command = program
      .command(name, { hidden: hidden ?? false })
      .summary(summary)
      .description(capitalized(summary))
      .copyInheritedSettings(program);
    if (configured(name)) (await load()).configure(command, action);
  }
  if (runtime.argv.length === 0) program.action(() => program.help());
  return program;
}

/** In words: errors.ts has the codes by name, docs/commands.md both. */
const EXIT_CODES_HELP = `
Exit codes: 0 done, 1 the verdict is no, 2 usage, configuration or seed invalid,
3 target unreachable or timed out, 4 it refused our credentials, 5 not found,
6 conflict or in flight, 7 local state cannot be used, 70 a bug of agent-paste,
130 and 143 ended by a signal. \`exec\` returns that of its command.
`;

/** The first argument that is a subcommand: the only one whose options need to be known. */
export function calledCommand(argv: readonly string[]): string | undefined {
  return argv.find(
    (argument, index) => argument in COMMANDS && argv[index - 1] !== '--state-dir' && argv[index - 1] !== '--config',
  );
}

function helpWidth(columns: number | undefined): number {
  return Math.min(columns ?? 80, 110);
}

function capitalized(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}${summary.endsWith('?') ? '' : '.'}`;
}

/** From arguments to an exit code. The one place where errors end. */
import { Command, CommanderError } from 'commander';
import { ApiError, EXIT_CODES, Failure } from '../errors.ts';
import { type Action, COMMANDS, type CommandName, type GlobalOptions } from './commands.ts';
import { createOutput, type Output } from './output.ts';
import { packageVersion, processRuntime, type Runtime } from './runtime.ts';

/** Started by bin/agent-paste.js. */
export async function run(): Promise<void> {
  process.exitCode = await main(processRuntime());
}

export async function main(runtime: Runtime): Promise<number> {
  // Known before commander has read anything, so that its own errors come in the right form too.
  const early: GlobalOptions = {
    json: runtime.argv.includes('--json'),
    quiet: runtime.argv.includes('--quiet'),
    color: !runtime.argv.includes('--no-color'),
  };
  const output = createOutput(runtime, early);
  let exitCode = 0;
  const action: Action =
    (act) =>
    async (...args) => {
      const command = args.at(-1) as Command;
      await act(
        {
          runtime,
          output,
          options: command.optsWithGlobals<GlobalOptions>(),
          exitWith: (code) => {
            exitCode = code;
          },
        },
        ...args,
      );
    };
  try {
    const program = await createProgram(runtime, output, action);
    await program.parseAsync(runtime.argv as string[], { from: 'user' });
    await output.drained();
    return exitCode;
  } catch (error) {
    return fail(error, output);
  }
}

async function createProgram(runtime: Runtime, output: Output, action: Action): Promise<Command> {
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
    .option('--no-color', 'no colours (also NO_COLOR)')
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput({
      writeOut: (text) => output.line(text.trimEnd()),
      writeErr: () => undefined, // said once, by `fail`
      outputError: () => undefined,
      getOutHelpWidth: () => helpWidth(runtime.stdout.columns),
      getErrHelpWidth: () => helpWidth(runtime.stderr.columns),
      getOutHasColors: () => false,
    })
    .addHelpText(
      'before',
      `Examples:
  $ agent-paste serve
  $ agent-paste mint --email ada@example.com
`,
    );
  const called = calledCommand(runtime.argv);
  for (const name of Object.keys(COMMANDS) as CommandName[]) {
    const { summary, load } = COMMANDS[name];
    const command = program
      .command(name)
      .summary(summary)
      .description(capitalized(summary))
      .copyInheritedSettings(program);
    if (name === called) (await load()).configure(command, action);
  }
  if (called === undefined && runtime.argv.length === 0) program.action(() => program.help());
  return program;
}

/** The first argument that is a subcommand: the only one whose options need to be known. */
function calledCommand(argv: readonly string[]): string | undefined {
  return argv.find(
    (argument, index) => argument in COMMANDS && argv[index - 1] !== '--state-dir' && argv[index - 1] !== '--config',
  );
}

function helpWidth(columns: number | undefined): number {
  return Math.min(columns ?? 80, 110);
}

function capitalized(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}

function fail(error: unknown, output: Output): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0; // --help, --version
    const message = error.message.replace(/^error: /, '').replace(/\n\((Did you mean .*)\)$/i, ' ($1)');
    output.failure(
      new Failure(
        'invalid_argument',
        message === '(outputHelp)' ? 'a command is missing' : message,
        'See `agent-paste --help`.',
      ),
    );
    return EXIT_CODES.invalid_argument;
  }
  const failure = asFailure(error);
  output.failure(failure);
  return failure.exitCode;
}

function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof ApiError) {
    return new Failure(
      error.reason === 'database_busy'
        ? 'state_locked'
        : error.code === 'database_unavailable'
          ? 'state_corrupt'
          : 'invalid_argument',
      error.message,
      undefined,
      error,
    );
  }
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ENOSPC' || code === 'EIO')
    return new Failure('state_unwritable', `the output cannot be written: ${code}`);
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new Failure('bug', `this is a bug of agent-paste, please report it: ${detail}`, undefined, error);
}

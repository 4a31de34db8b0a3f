/** From arguments to an exit code. The one place where errors end. */
import { type Command, CommanderError } from 'commander';
import { ApiError, Failure } from '../errors.ts';
import type { Action, GlobalOptions } from './command.ts';
import { createOutput } from './output.ts';
import { calledCommand, createProgram } from './program.ts';
import { processRuntime, type Runtime } from './runtime.ts';

/** Started by bin/agent-paste.js. */
export async function run(): Promise<void> {
  process.exitCode = await main(processRuntime());
}

export async function main(runtime: Runtime): Promise<number> {
  // Known before commander has read anything, so that its own errors come in the right form too.
  const end = runtime.argv.indexOf('--'); // what follows belongs to the command that `exec` runs
  const options = end < 0 ? runtime.argv : runtime.argv.slice(0, end);
  const early: GlobalOptions = {
    json: options.includes('--json'),
    quiet: options.includes('--quiet'),
    color: !options.includes('--no-color'),
  };
  const output = createOutput(runtime, early);
  const failed = (failure: Failure): number => {
    output.failure(failure);
    return failure.exitCode;
  };
  runtime.onUncaught((error) => failed(asFailure(error)));
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
    const program = await createProgram({
      runtime,
      output,
      action,
      configured: (name) => name === calledCommand(runtime.argv),
    });
    await parsed(program, runtime.argv);
    await output.drained();
    return exitCode;
  } catch (error) {
    return failed(error instanceof CommanderError ? usageFailure(error, runtime.argv) : asFailure(error));
  }
}

/** Commander ends `--help` and `--version` by throwing, too. */
async function parsed(program: Command, argv: readonly string[]): Promise<void> {
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError && error.exitCode === 0)) throw error;
  }
}

/** Commander's words in one line; of `help nope` it says nothing at all. */
function usageFailure({ code, message }: CommanderError, argv: readonly string[]): Failure {
  const command = calledCommand(argv);
  const missing = argv[0] === 'help' && argv[1] !== undefined ? `unknown command '${argv[1]}'` : 'a command is missing';
  const said =
    code === 'commander.help'
      ? missing
      : message
          .replace(/^error: /, '')
          .replace(/\n\((Did you mean .*)\)$/i, ' ($1)')
          .replace(/^(unknown option '[^'=]*)=[^']*'/, "$1'")
          .replace(/ but got (\d+): .*$/s, ' but got $1');
  return new Failure(
    'invalid_argument',
    said,
    `See \`agent-paste${command === undefined ? '' : ` ${command}`} --help\`.`,
  );
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

/** From arguments to an exit code. The one place where errors end. */
import { type Command, CommanderError } from 'commander';
import { ApiError, EXIT_CODES, Failure } from '../errors.ts';
import type { Action, GlobalOptions } from './commands.ts';
import { createOutput, type Output } from './output.ts';
import { calledCommand, createProgram } from './program.ts';
import { processRuntime, type Runtime } from './runtime.ts';

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
    const program = await createProgram({
      runtime,
      output,
      action,
      configured: (name) => name === calledCommand(runtime.argv),
    });
    await program.parseAsync(runtime.argv as string[], { from: 'user' });
    await output.drained();
    return exitCode;
  } catch (error) {
    return fail(error, output);
  }
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

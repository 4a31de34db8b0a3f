/** From arguments to an exit code. All errors are handled here. */
import { type Command, CommanderError } from 'commander';
import { Failure } from '../errors/failure.ts';
import type { Action, GlobalOptions } from './command.ts';
import { failureOf } from './failure-of.ts';
import { guessed } from './guesses.ts';
import { calledCommand, createProgram, printsAndEnds } from './program.ts';
import { processRuntime, type Runtime } from './runtime.ts';
import { givenSettings } from './setting-options.ts';
import { createOutput } from './terminal/output.ts';

/** What tests of other projects import (`agent-paste/testing`, `agent-paste/msw` and the like) shares the chunks of the program. */
export const testing = () => import('../library/testing.ts');
export const msw = () => import('../library/msw.ts');
export const matchers = () => import('../library/matchers.ts');

/** Started by bin/agent-paste.js. */
export async function run(): Promise<void> {
  const argv = process.argv.slice(2);
  const runtime = processRuntime(argv, { mayWait: printsAndEnds(calledCommand(argv)) });
  const exitCode = await main(runtime);
  await Promise.all([runtime.stdout.drained(), runtime.stderr.drained()]);
  // The process is ended explicitly, because a preloaded module may hold a timer or a socket.
  process.exit(exitCode);
}

export async function main(runtime: Runtime): Promise<number> {
  // Determined before commander parses, so that its errors have the right form too.
  const end = runtime.argv.indexOf('--'); // the rest belongs to the command that `exec` runs
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
  runtime.onUncaught((error) => failed(failureOf(error)));
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
          flags: givenSettings(command),
          exitWith: (code) => {
            exitCode = code;
          },
          wholeProgram: () => createProgram({ runtime, output, action, configured: () => true }),
        },
        ...args,
      );
    };
  let program: Command | undefined;
  try {
    program = await createProgram({
      runtime,
      output,
      action,
      configured: (name) => name === calledCommand(runtime.argv),
    });
    await parsed(program, runtime.argv);
    await output.drained();
    return exitCode;
  } catch (error) {
    return failed(error instanceof CommanderError ? usageFailure(error, program, runtime.argv) : failureOf(error));
  }
}

/** Commander also ends `--help` and `--version` by throwing. */
async function parsed(program: Command, argv: readonly string[]): Promise<void> {
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError && error.exitCode === 0)) throw error;
  }
}

/** Commander's message on one line; for `help nope` it has none. */
function usageFailure(
  { code, message }: CommanderError,
  program: Command | undefined,
  argv: readonly string[],
): Failure {
  const command = calledCommand(argv);
  const missing = argv[0] === 'help' && argv[1] !== undefined ? `unknown command '${argv[1]}'` : 'a command is missing';
  const called = program?.commands.find((one) => one.name() === command);
  const said =
    code === 'commander.help'
      ? missing
      : message
          .replace(/^error: /, '')
          .replace(/\n\((Did you mean .*)\)$/i, ' ($1)')
          .replace(/^(unknown option '([^'=]*))=[^']*'(.*)/, (_, before, flag, suggestion) =>
            isKnown(flag, program, called) ? `${flag} takes no value` : `${before}'${suggestion}`,
          )
          .replace(/ but got (\d+): .*$/s, ' but got $1');
  const guess = program === undefined ? '' : guessed(program, called, argv, said);
  const help = `See \`agent-paste${command === undefined ? '' : ` ${command}`} --help\`.`;
  // What is known is better than what is spelled alike.
  const alone = guess === '' ? said : said.replace(/ \(did you mean .*\)$/i, '');
  return new Failure('invalid_argument', alone, `${guess}${help}`);
}

function isKnown(flag: string, ...commands: readonly (Command | undefined)[]): boolean {
  return commands.some(
    (one) => one?.options.some(({ long }) => long === flag) || one?.commands.some((below) => isKnown(flag, below)),
  );
}

/** The parts of a subcommand. */
import type { Command } from 'commander';
import type { WrittenSettings } from '../machine/settings.ts';
import type { Runtime } from './runtime.ts';
import type { Output, OutputOptions } from './terminal/output.ts';

/** The context of a command's action. */
export interface CommandContext {
  readonly runtime: Runtime;
  readonly output: Output;
  readonly options: GlobalOptions;
  /** Settings given as flags, as they were written. */
  readonly flags: WrittenSettings;
  /** Ends the command with an exit code other than 0 and without an error line, because the result itself is negative. */
  exitWith(code: number): void;
  /** The command line itself, with every subcommand's arguments and options. */
  wholeProgram(): Promise<Command>;
}

export interface GlobalOptions extends OutputOptions {
  readonly config?: string;
}

/** Runs an action with its context; commander calls it with arguments, options and the command itself. */
export type Action = <A extends unknown[]>(
  run: (context: CommandContext, ...args: A) => Promise<void>,
) => (...args: A) => Promise<void>;

/**
 * Adds arguments, options, examples and the action to a subcommand.
 * @param called the word that follows its name, where both are the first: of its own subcommands, no other is needed
 */
type Configure = (command: Command, action: Action, called?: string) => void;

export interface CommandRow {
  readonly summary: string;
  /** Left out of help: for programs, not for people. */
  readonly hidden?: true;
  /** Answers or sends requests while it prints, so that no write may wait for a reader. */
  readonly serves?: true;
  readonly load: () => Promise<{ configure: Configure }>;
}

/** What a subcommand is made of. */
import type { Command } from 'commander';
import type { Output, OutputOptions } from './output.ts';
import type { Runtime } from './runtime.ts';

/** What a command's action works with. */
export interface CommandContext {
  readonly runtime: Runtime;
  readonly output: Output;
  readonly options: GlobalOptions;
  /** Ends the command with another exit code than 0, without an error line: the result itself says no. */
  exitWith(code: number): void;
}

export interface GlobalOptions extends OutputOptions {
  readonly stateDir?: string;
  readonly config?: string;
}

/** Runs an action with its context; commander calls it with arguments, options and the command itself. */
export type Action = <A extends unknown[]>(
  run: (context: CommandContext, ...args: A) => Promise<void>,
) => (...args: A) => Promise<void>;

/** Adds arguments, options, examples and the action to a subcommand. */
export type Configure = (command: Command, action: Action) => void;

export interface CommandRow {
  readonly summary: string;
  /** Left out of help: for programs, not for people. */
  readonly hidden?: true;
  readonly load: () => Promise<{ configure: Configure }>;
}

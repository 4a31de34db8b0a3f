/** The edge of the program: what a command gets of the process it runs in. */
import { isSea } from 'node:sea';
import type { Readable, Writable } from 'node:stream';
import manifest from '../../package.json' with { type: 'json' };
import { Failure } from '../errors.ts';
import { type RandomSource, systemRandom } from '../random.ts';

export interface Runtime {
  readonly argv: readonly string[];
  /** What starts this program once more: the executable and its first arguments. */
  readonly program: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly random: RandomSource;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Resolves with the first of the signals to arrive; the next one ends the process as if nobody listened. */
  readonly signal: (...names: NodeJS.Signals[]) => Promise<NodeJS.Signals>;
  /** Resolves when the program that started this one with a channel to it is gone; never for whoever has no such parent. */
  readonly parentGone: () => Promise<void>;
  /** Ends the process with the code that `said` returns for an error that nobody waits for. What is committed stays so. */
  readonly onUncaught: (said: (error: unknown) => number) => void;
}

export function processRuntime(): Runtime {
  return {
    argv: process.argv.slice(2),
    get program(): [string, ...string[]] {
      // A single executable is its own Node, and its second argument names it once more.
      return isSea() ? [process.execPath] : [process.execPath, ...process.execArgv, ...process.argv.slice(1, 2)];
    },
    env: process.env,
    get cwd() {
      return workingDirectory();
    },
    get stdin() {
      return process.stdin; // opened by looking at it
    },
    stdout: process.stdout,
    stderr: process.stderr,
    random: systemRandom(),
    now: Date.now,
    signal: firstSignal,
    parentGone,
    onUncaught: (said) => void process.once('uncaughtException', (error) => process.exit(said(error))),
  };
}

function firstSignal(...names: NodeJS.Signals[]): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const heard = (name: NodeJS.Signals) => {
      for (const each of names) process.off(each, heard);
      resolve(name);
    };
    for (const name of names) process.on(name, heard);
  });
}

/** A channel closes however the parent ends; one that is killed can send no signal. */
function parentGone(): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected === false) resolve(); // it was gone before anybody listened
    process.once('disconnect', resolve);
    process.channel?.unref(); // listening would keep this process alive
  });
}

/** @throws Failure state_unwritable when the directory was removed under this process */
function workingDirectory(): string {
  try {
    return process.cwd();
  } catch (error) {
    throw new Failure(
      'state_unwritable',
      'the working directory does not exist any more',
      'Change to one that does.',
      error,
    );
  }
}

/** The version of this package. */
export function packageVersion(): string {
  return manifest.version; // put in by the bundler: reading the file would take longer than finding out what to do
}

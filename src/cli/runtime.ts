/** The edge of the program: the parts of the process that a command gets. */
import { isSea } from 'node:sea';
import type { Readable } from 'node:stream';
import manifest from '../../package.json' with { type: 'json' };
import { Failure } from '../errors/failure.ts';
import { type RandomSource, systemRandom } from '../machine/random.ts';
import { type StandardStream, standardStream } from './terminal/standard-stream.ts';

export interface Runtime {
  readonly argv: readonly string[];
  /** Starts this program again: the executable and its first arguments. */
  readonly program: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: StandardStream;
  readonly stderr: StandardStream;
  readonly random: RandomSource;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Resolves with the first of the signals to arrive; the next one ends the process in the default way. */
  readonly signal: (...names: NodeJS.Signals[]) => Promise<NodeJS.Signals>;
  /** Ends this process in the default way of the signal, at once. */
  readonly endBy: (signal: NodeJS.Signals) => void;
  /** Resolves when the parent process closes its channel to this one; never if there is no such channel. */
  readonly parentGone: () => Promise<void>;
  /** For an unhandled error, ends the process with the code that `said` returns. Commits are kept. */
  readonly onUncaught: (said: (error: unknown) => number) => void;
}

/** @param mayWait whether the command that is called does nothing beside its printing */
export function processRuntime(argv: readonly string[], { mayWait }: { readonly mayWait: boolean }): Runtime {
  return {
    argv,
    get program(): [string, ...string[]] {
      // A single executable contains Node, and its second argument is its own name again.
      return isSea() ? [process.execPath] : [process.execPath, ...process.execArgv, ...process.argv.slice(1, 2)];
    },
    env: process.env,
    get cwd() {
      return workingDirectory();
    },
    get stdin() {
      return process.stdin; // the getter opens it
    },
    stdout: standardStream({ descriptor: 1, mayWait, open: () => process.stdout }), // the getter opens it
    stderr: standardStream({ descriptor: 2, mayWait, open: () => process.stderr }),
    random: systemRandom(),
    now: Date.now,
    signal: firstSignal,
    endBy: (signal) => void process.kill(process.pid, signal),
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

/** A channel also closes if the parent is killed and cannot send a signal. */
function parentGone(): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected === false) resolve(); // the channel was closed before this call
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
  return manifest.version; // inserted by the bundler: reading the file would take longer than parsing the arguments
}

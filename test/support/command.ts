/** The program inside this process: the same arguments, streams and exit code as the binary, without a start for each. */
import { Readable, Writable } from 'node:stream';
import { main } from '../../src/cli/main.ts';
import { type StandardStream, standardStream } from '../../src/cli/terminal/standard-stream.ts';
import { systemRandom } from '../../src/machine/random.ts';
import type { RunOptions, RunResult } from './binary.ts';

export interface CommandOptions extends RunOptions {
  /** The width of the terminal that stdout is; none by default, and stdout is no terminal. */
  readonly columns?: number;
  /** Milliseconds since 1970; the real clock by default. */
  readonly now?: number;
}

export async function command(
  args: readonly string[],
  { cwd = process.cwd(), env = {}, input = '', columns, now }: CommandOptions = {},
): Promise<RunResult> {
  const stdout = collector();
  const stderr = collector();
  const terminal = columns === undefined ? {} : { columns, isTTY: true };
  const code = await main({
    argv: args,
    program: [process.execPath],
    env,
    cwd,
    stdin: Readable.from([input].filter((text) => text !== '')),
    stdout: overStream(Object.assign(stdout, terminal)),
    stderr: overStream(Object.assign(stderr, terminal)),
    random: systemRandom(),
    now: () => now ?? Date.now(),
    signal: () => new Promise(() => undefined),
    endBy: () => undefined,
    parentGone: () => new Promise(() => undefined),
    onUncaught: () => undefined,
  });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

/** Commands as an example of the help has them, divided by `&&` and `|` alone. */
export async function pipeline(line: string, options: CommandOptions = {}): Promise<RunResult> {
  let [stdout, stderr] = ['', ''];
  for (const step of line.split(' && ')) {
    let result: RunResult = { code: 0, stdout: options.input ?? '', stderr: '' };
    for (const one of step.split(' | ')) {
      const [program, ...args] = words(one);
      if (program !== 'agent-paste') throw new Error(`not a command of ours: ${one}`);
      result = await command(args, { ...options, input: result.stdout });
      stderr += result.stderr;
    }
    stdout += result.stdout;
    if (result.code !== 0) return { code: result.code, stdout, stderr };
  }
  return { code: 0, stdout, stderr };
}

/** The words of a command line as a POSIX shell sees them: spaces divide, single and double quotes keep together. */
function words(line: string): string[] {
  return [...line.matchAll(/(?:[^\s'"\\]|\\.|'[^']*'|"[^"]*")+/g)].map(([word]) =>
    word.replaceAll(/'([^']*)'|"([^"]*)"|\\(.)/g, (_, single, double, escaped) => single ?? double ?? escaped),
  );
}

/** A standard stream of the program that is a stream of a test. */
export function overStream(stream: Writable & { readonly columns?: number; readonly isTTY?: boolean }): StandardStream {
  return standardStream({ descriptor: -1, mayWait: false, open: () => stream });
}

function collector() {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return Object.assign(stream, { text: () => Buffer.concat(chunks).toString('utf8') });
}

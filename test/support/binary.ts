/** The program as its users run it: a process with arguments, an environment and an exit code. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** Built by `build.ts` for this run. */
export const BINARY = process.env.AGENT_PASTE_TEST_BINARY ?? '';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  /** What the program reads on stdin; nothing by default. */
  readonly input?: string;
  /** A command that runs the program as its arguments: in a namespace, or with a limit. */
  readonly wrapper?: readonly string[];
  /** Another copy of the program than the one that was built for this run. */
  readonly program?: readonly string[];
  /** Milliseconds after which the program gets SIGKILL, wherever it is. */
  readonly killAfter?: number;
}

export interface RunResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export async function agentPaste(
  args: readonly string[],
  { input = '', ...options }: RunOptions = {},
): Promise<RunResult> {
  const child = start(args, options);
  child.stdin?.end(input);
  const [stdout, stderr] = await Promise.all([
    text(child.stdout as NodeJS.ReadableStream),
    text(child.stderr as NodeJS.ReadableStream),
    once(child, 'close'),
  ]);
  return { code: child.exitCode, stdout, stderr };
}

interface ReadyLine {
  readonly schema_version: 1;
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly callback_url: string;
  readonly authorize_url: string | null;
  readonly jwks_url: string;
  readonly client_id: string;
  readonly issuer: string;
  readonly db: string;
  readonly clock?: string;
  readonly inspector_url: string | null;
}

export interface ServerProcess extends AsyncDisposable {
  readonly ready: ReadyLine;
  readonly child: ChildProcess;
  /** Everything on stderr so far. */
  stderr(): string;
  /** SIGTERM, then the exit code. */
  stop(): Promise<number | null>;
  kill(): Promise<void>;
}

/** `agent-paste serve --json` on a free port. */
export async function serverProcess(args: readonly string[], options: RunOptions = {}): Promise<ServerProcess> {
  const child = start(['serve', '--json', '--port', '0', ...args], options);
  child.stdin?.end();
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const exited = once(child, 'close');
  const line = await firstLine(child);
  if (line === undefined || !('url' in JSON.parse(line))) {
    const [code] = await exited;
    throw new Error(`serve ended with ${code}: ${line ?? ''}${stderr}`);
  }
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
  };
  return {
    ready: JSON.parse(line),
    child,
    stderr: () => stderr,
    async stop() {
      await end('SIGTERM');
      return child.exitCode;
    },
    kill: () => end('SIGKILL'),
    [Symbol.asyncDispose]: () => end('SIGKILL'),
  };
}

/** `undefined` when the program ends without one. */
async function firstLine(child: ChildProcess): Promise<string | undefined> {
  let text = '';
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    text += chunk;
    const end = text.indexOf('\n');
    if (end >= 0) {
      child.stdout?.resume();
      return text.slice(0, end);
    }
  }
  return undefined;
}

function start(
  args: readonly string[],
  { cwd, env, wrapper = [], program = [process.execPath, BINARY], killAfter }: RunOptions,
): ChildProcess {
  const [command = process.execPath, ...rest] = [...wrapper, ...program, ...args];
  const child = spawn(command, rest, {
    cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(killAfter === undefined ? {} : { timeout: killAfter, killSignal: 'SIGKILL' }),
    // Nothing of the machine's configuration reaches the program under test.
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
  });
  child.stdin.on('error', () => undefined); // a program that refuses its arguments may be gone before it could read
  return child;
}

/** Processes of the bench: pinned to a processor, so that server and load do not share one. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export const SERVER_CPU = 1;
export const LOAD_CPU = 0;

const canPin = process.platform === 'linux' && spawnSync('taskset', ['--version']).status === 0;

/** Keeps this process, which makes the load, off the processor of the servers. */
export function pinLoad(): void {
  if (canPin) spawnSync('taskset', ['-cp', String(LOAD_CPU), String(process.pid)]);
}

export interface Started extends AsyncDisposable {
  readonly child: ChildProcess;
  /** The first line on stdout, parsed. */
  readonly ready: { readonly url: string };
  /** Milliseconds from start to that line. */
  readonly readyAfter: number;
}

export function pinned(command: readonly string[], cpu: number): string[] {
  return canPin ? ['taskset', '-c', String(cpu), ...command] : [...command];
}

/** Starts a server and waits for the JSON line with its address. */
export async function startProcess(args: readonly string[], { executable = process.execPath } = {}): Promise<Started> {
  const started = performance.now();
  const [program, ...rest] = pinned([executable, ...args], SERVER_CPU) as [string, ...string[]];
  const child = spawn(program, rest, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH ?? '' },
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const [line] = (await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`ended with ${code}`))),
  ])) as [string];
  const readyAfter = performance.now() - started;
  return {
    child,
    readyAfter,
    ready: JSON.parse(line),
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** What a script prints, on the processor of the servers. @throws Error when it fails */
export function printedBy(args: readonly string[]): string {
  const [program, ...rest] = pinned([process.execPath, ...args], SERVER_CPU) as [string, ...string[]];
  const { status, stdout } = spawnSync(program, rest, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
  return stdout;
}

/** Milliseconds that a command takes from start to end. */
export function timeCommand(args: readonly string[], cwd: string, executable = process.execPath): number {
  const [program, ...rest] = pinned([executable, ...args], SERVER_CPU) as [string, ...string[]];
  const started = performance.now();
  const { status } = spawnSync(program, rest, { cwd, stdio: 'ignore', env: { PATH: process.env.PATH ?? '' } });
  const elapsed = performance.now() - started;
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
  return elapsed;
}

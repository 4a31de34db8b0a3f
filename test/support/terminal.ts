/** A program on a terminal of its own, which can be closed as its window is. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** Python has the calls that Node lacks; a terminal is closed when standard input ends. */
const PYTHON = `
import os, pty, select, sys
pid, master = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
while True:
    readable, _, _ = select.select([master, 0], [], [])
    if 0 in readable and not os.read(0, 1):
        break
    if master in readable:
        try:
            os.write(1, os.read(master, 4096))
        except OSError:
            break
os.close(master)
os.write(2, b"%d" % os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

export const HAS_TERMINALS = process.platform !== 'win32' && spawnSync('python3', ['-c', 'import pty']).status === 0;

export interface Terminal extends Disposable {
  /** What the program prints. */
  readonly stdout: NonNullable<ChildProcess['stdout']>;
  /** Closes the terminal. @returns the exit code of the program that was started on it; negative for a signal */
  close(): Promise<number>;
}

export function onTerminal(
  command: readonly string[],
  { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Terminal {
  const child = spawn('python3', ['-c', PYTHON, ...command], {
    cwd,
    env: { PATH: process.env.PATH ?? '', HOME: cwd, TERM: 'xterm', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const said = text(child.stderr);
  return {
    stdout: child.stdout,
    async close() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
      return Number(await said);
    },
    [Symbol.dispose]: () => void child.stdin.end(),
  };
}

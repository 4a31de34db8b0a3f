/** A shell in which `agent-paste` is the program under test: what documentation prints can be run as it stands. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { BINARY, type RunResult } from './binary.ts';
import { temporaryDirectory } from './directory.ts';

export interface Shell extends Disposable {
  /** The working directory: empty at first. */
  readonly cwd: string;
  run(command: string): Promise<RunResult>;
  /** Starts a command that goes on, in a process group of its own. */
  start(command: string): ChildProcess;
}

/** @param binary the script of the program; by default the one that was built for this run */
export function shell(binary = BINARY): Shell {
  const programs = temporaryDirectory();
  const work = temporaryDirectory();
  const program = join(programs.path, 'agent-paste');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${binary}' "$@"\n`);
  chmodSync(program, 0o755);
  const start = (command: string) =>
    spawn('sh', ['-c', command], {
      cwd: work.path,
      env: { PATH: `${programs.path}:${process.env.PATH ?? ''}`, HOME: work.path },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
  return {
    cwd: work.path,
    start,
    async run(command) {
      const child = start(command);
      const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
      return { code: child.exitCode, stdout, stderr };
    },
    [Symbol.dispose]() {
      programs[Symbol.dispose]();
      work[Symbol.dispose]();
    },
  };
}

/** Resolves with everything a stream said until it said `end`. @throws Error when it ends before */
export async function heard(stream: Readable, end: string): Promise<string> {
  let said = '';
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    said += chunk;
    if (said.includes(end)) {
      stream.resume();
      return said;
    }
  }
  throw new Error(`it never said ${JSON.stringify(end)}: ${said}`);
}

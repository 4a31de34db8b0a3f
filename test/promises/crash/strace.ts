/** Killing and failing a program at its system calls, from outside: strace's `inject`. */
import { spawnSync } from 'node:child_process';

/** Everything with which a file is changed, made durable, named or removed. */
const WRITES = 'write,pwrite64,writev,fdatasync,fsync,ftruncate,rename,link,unlink';

const STRACE = ['strace', '-f', '-qq', '-y'];

/** The program stops at the named calls alone, and not at each. No signal can be injected so. */
const QUICK = [...STRACE, '--seccomp-bpf'];

/** strace is there, and this machine lets it trace. */
export const CAN_TRACE =
  process.platform === 'linux' &&
  spawnSync('strace', [...STRACE.slice(1), '-o', '/dev/null', '-e', 'trace=write', 'true'], { stdio: 'ignore' })
    .status === 0;

/** One call of a thread: strace counts each thread, and each kind of call, by itself. */
export interface SystemCall {
  readonly call: string;
  /** From 1. */
  readonly number: number;
}

/** A wrapper under which the calls that write are noted in a file. */
export function tracing(file: string): string[] {
  return [...STRACE, '-o', file, '-e', `trace=${WRITES}`];
}

/** A wrapper under which the program is killed as it enters a call. */
export function killedAt({ call, number }: SystemCall): string[] {
  return [...STRACE, '-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:signal=SIGKILL:when=${number}`];
}

/** A wrapper under which a call, and all of its kind after it, fails. */
export function failingFrom({ call, number }: SystemCall, error: 'ENOSPC' | 'EIO' | 'EROFS'): string[] {
  return [...QUICK, '-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:error=${error}:when=${number}+`];
}

/** The noted calls, in their order; those alone that had to do with files below a directory, where one is given. */
export function callsIn(trace: string, directory = ''): SystemCall[] {
  const numbers = new Map<string, number>();
  return [...trace.matchAll(/^(\d+) +(\w+)\((.*)/gm)].flatMap(([, thread, call = '', rest = '']) => {
    const number = (numbers.get(`${thread} ${call}`) ?? 0) + 1;
    numbers.set(`${thread} ${call}`, number);
    return rest.includes(directory) ? [{ call, number }] : [];
  });
}

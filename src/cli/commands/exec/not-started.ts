/** The reason why a command could not be started: ENOENT has three meanings (execve(2)). */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { Failure } from '../../../errors/failure.ts';

export interface Whereabouts {
  readonly cwd: string;
  /** The variable PATH in which the command is looked up. */
  readonly path: string | undefined;
}

/** Errors of execve(2) and Node for a name that leads to no file. */
const NOT_FOUND: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ERR_INVALID_ARG_VALUE']);

/** `not_found` is exit code 127 of a shell, anything else 126. */
export function notStarted(error: NodeJS.ErrnoException, name: string, where: Whereabouts): Failure {
  if (!NOT_FOUND.has(error.code ?? ''))
    return new Failure(
      'invalid_argument',
      `${name} cannot be executed (${error.code})`,
      'Is it a program, and may you execute it?',
      error,
    );
  if (!statSync(where.cwd, { throwIfNoEntry: false })?.isDirectory())
    return new Failure(
      'not_found',
      `${where.cwd}, the working directory, is gone`,
      'Change to another directory.',
      error,
    );
  const file = found(name, where);
  if (file !== undefined) return withoutInterpreter(file, error);
  const hint = /\s/.test(name)
    ? `A whole line is run by a shell: \`agent-paste exec -- sh -c '…'\`. Else give each word as an argument.`
    : 'Check the spelling and PATH.';
  return new Failure('not_found', `${name === '' ? 'an empty name' : name}: no such command`, hint, error);
}

function withoutInterpreter(file: string, error: Error): Failure {
  const line = firstLine(file);
  const interpreter = /^#!\s*(\S+)/.exec(line)?.[1];
  if (interpreter === undefined)
    return new Failure(
      'not_found',
      `${file} cannot be started: its loader is not there`,
      'Is it for this system?',
      error,
    );
  const windows = line.endsWith('\r') ? ' The line ends as on Windows (CR LF): save the file with LF.' : '';
  return new Failure(
    'not_found',
    `${file} cannot be started: its interpreter ${interpreter} is not there`,
    `Correct the first line of the file.${windows}`,
    error,
  );
}

function found(name: string, { cwd, path = '' }: Whereabouts): string | undefined {
  if (name === '') return undefined;
  const candidates = name.includes('/') ? [resolve(cwd, name)] : path.split(delimiter).map((each) => join(each, name));
  return candidates.find((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
}

function firstLine(file: string): string {
  try {
    const fd = openSync(file, 'r');
    try {
      const bytes = Buffer.alloc(256);
      return bytes.toString('latin1', 0, readSync(fd, bytes, 0, bytes.length, 0)).split('\n')[0] ?? '';
    } finally {
      closeSync(fd);
    }
  } catch {
    return ''; // a program with permission to execute, but not to read
  }
}

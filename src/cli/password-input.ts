/** Reads a password from stdin: every user of the machine could read it on a command line. */
import { Failure } from '../errors/failure.ts';
import { isPassword, PASSWORD_ACCEPTS } from '../workos/authkit/password.ts';
import type { Runtime } from './runtime.ts';
import { readStdin } from './stdin.ts';

const MAX_INPUT_BYTES = 16_384;

/** Removes one line break at the end, which `echo` adds. @throws Failure invalid_argument */
export async function readPassword({ stdin }: Pick<Runtime, 'stdin'>, argument: string): Promise<string> {
  if (argument !== '-')
    throw new Failure(
      'invalid_argument',
      '--password: must be -, and the password must come on stdin',
      'A password on the command line can be read by every user of this machine.',
    );
  const text = (await readStdin(stdin, 'invalid_argument', MAX_INPUT_BYTES)).toString('utf8').replace(/\r?\n$/, '');
  if (!isPassword(text)) throw new Failure('invalid_argument', `--password: stdin must be ${PASSWORD_ACCEPTS}`);
  return text;
}

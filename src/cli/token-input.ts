/** Reading a token without it standing on a command line: stdin, a file, the environment. */
import { closeSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { Failure } from '../errors.ts';
import { systemReason } from '../private-file.ts';
import type { Runtime } from './runtime.ts';

/** More than any token that could be accepted, and little enough to hold. */
const MAX_INPUT_BYTES = 4_194_304;
const SOURCES = 'Pass - for stdin, @file, or set AGENT_PASTE_TOKEN.';

/**
 * `-` for stdin, `@path` for a file, the token itself, or nothing for AGENT_PASTE_TOKEN. A leading `Bearer ` and one
 * line break at the end are taken off, as a person or a shell may have added them; nothing else is. What is left may be
 * empty: an empty line is a token to judge, while no input at all is none.
 * @throws Failure invalid_argument
 */
export async function readToken(runtime: Runtime, argument: string | undefined): Promise<string> {
  const text = await source(runtime, argument);
  if (text === '') throw new Failure('invalid_argument', 'no token was given: the input is empty', SOURCES);
  return text.replace(/\r?\n$/, '').replace(/^(?:Authorization: *)?Bearer(?: +|$)/i, '');
}

async function source({ env, cwd, stdin }: Runtime, argument: string | undefined): Promise<string> {
  const given = argument ?? env.AGENT_PASTE_TOKEN;
  if (given === undefined) throw new Failure('invalid_argument', 'no token was given', SOURCES);
  if (given === '-') return readStream(stdin);
  return given.startsWith('@') ? readFile(resolve(cwd, given.slice(1))) : given;
}

async function readStream(stream: Runtime['stdin']): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size > MAX_INPUT_BYTES) throw tooLong('stdin');
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Read to the limit rather than asked for its size: a device or a pipe has none. */
function readFile(path: string): string {
  const buffer = Buffer.alloc(MAX_INPUT_BYTES + 1);
  let size = 0;
  try {
    const fd = openSync(path, 'r');
    try {
      for (let read = -1; read !== 0 && size < buffer.length; size += read)
        read = readSync(fd, buffer, size, buffer.length - size, null);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw new Failure('invalid_argument', `cannot read ${path}: ${systemReason(error)}`, undefined, error);
  }
  if (size > MAX_INPUT_BYTES) throw tooLong(path);
  return buffer.toString('utf8', 0, size);
}

function tooLong(where: string): Failure {
  return new Failure('invalid_argument', `${where} has more than ${MAX_INPUT_BYTES} bytes, and no token has`);
}

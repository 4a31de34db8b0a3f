/** Reading a token without it standing on a command line: stdin, a file, the environment. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Failure } from '../errors.ts';
import { systemReason } from '../private-file.ts';
import type { Runtime } from './runtime.ts';

/** More than any token that could be accepted, and little enough to hold. */
const MAX_INPUT_BYTES = 4_194_304;

/**
 * `-` for stdin, `@path` for a file, the token itself, or nothing for AGENT_PASTE_TOKEN. A leading `Bearer ` and one
 * line break at the end are taken off, as a person or a shell may have added them; nothing else is.
 * @throws Failure invalid_argument
 */
export async function readToken(runtime: Runtime, argument: string | undefined): Promise<string> {
  const text = await source(runtime, argument);
  const token = text.replace(/\r?\n$/, '').replace(/^(?:Authorization: *)?Bearer +/i, '');
  if (token === '')
    throw new Failure('invalid_argument', 'the token is empty', 'Pass - for stdin, @file, or set AGENT_PASTE_TOKEN.');
  return token;
}

async function source({ env, cwd, stdin }: Runtime, argument: string | undefined): Promise<string> {
  const given = argument ?? env.AGENT_PASTE_TOKEN;
  if (given === undefined)
    throw new Failure('invalid_argument', 'no token was given', 'Pass - for stdin, @file, or set AGENT_PASTE_TOKEN.');
  if (given === '-') return readStream(stdin);
  if (!given.startsWith('@')) return given;
  const path = resolve(cwd, given.slice(1));
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Failure('invalid_argument', `cannot read ${path}: ${systemReason(error)}`, undefined, error);
  }
}

async function readStream(stream: Runtime['stdin']): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size > MAX_INPUT_BYTES)
      throw new Failure('invalid_argument', `stdin has more than ${MAX_INPUT_BYTES} bytes, and no token has`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Reading a token without it standing on a command line: stdin, a file, the environment. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Failure } from '../errors/failure.ts';
import { visible } from '../errors/foreign-text.ts';
import { readFileBytes } from '../machine/file-bytes.ts';
import type { Runtime } from './runtime.ts';
import { readStdin } from './stdin.ts';

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
  if (given === undefined || given === '') throw new Failure('invalid_argument', 'no token was given', SOURCES);
  if (given === '-') return (await readStdin(stdin, 'invalid_argument', MAX_INPUT_BYTES)).toString('utf8');
  if (given.startsWith('@')) return readFile(resolve(cwd, given.slice(1)));
  if (argument !== undefined && isFile(resolve(cwd, argument)))
    throw new Failure('invalid_argument', `${visible(argument)} is a file, not a token`, `To read it: @${argument}`);
  return given;
}

/** A path with a NUL is none, and one that is too long is none either. */
function isFile(path: string): boolean {
  return path.length < 4096 && existsSync(path);
}

/** In any encoding: `explain` reports the problem with the text. */
function readFile(path: string): string {
  return readFileBytes({ path, name: path, code: 'invalid_argument', most: MAX_INPUT_BYTES }).toString('utf8');
}

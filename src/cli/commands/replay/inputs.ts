/** The files of `agent-paste replay`: scenarios and tapes by path, by directory, from stdin, and those of the program. */
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isTape } from '../../../conformance/tape/tape.ts';
import { closest } from '../../../errors/closest.ts';
import { Failure } from '../../../errors/failure.ts';
import { visible } from '../../../errors/foreign-text.ts';
import { type InputFile, MAX_FILE_BYTES, readInputBytes, readInputFile } from '../../../machine/input-file.ts';
import { systemReason } from '../../../machine/private-file.ts';
import type { Runtime } from '../../runtime.ts';
import { readStdin } from '../../stdin.ts';

export interface ReplayInput extends InputFile {
  /** What names it as an argument of `replay`. */
  readonly argument: string;
  /** Whether it is a file, whose path is the argument. */
  readonly isFile: boolean;
}

const BUILTIN = 'builtin:';
const STDIN = '-';
/** More than a person writes; each is read before the first is run. */
const MOST_FILES = 1000;

/** In the order of the arguments. @throws Failure invalid_argument */
export async function readInputs(runtime: Runtime, given: readonly string[]): Promise<readonly ReplayInput[]> {
  if (given.filter((argument) => argument === STDIN).length > 1)
    throw new Failure('invalid_argument', '- is given twice, and stdin can be read once');
  const inputs: ReplayInput[] = [];
  for (const argument of given) inputs.push(...(await inputsOf(runtime, argument)));
  return inputs;
}

async function inputsOf(runtime: Runtime, argument: string): Promise<readonly ReplayInput[]> {
  if (argument === STDIN) {
    const bytes = await readStdin(runtime.stdin, 'invalid_argument', MAX_FILE_BYTES);
    return [{ ...readInputBytes(bytes, 'stdin'), argument, isFile: false }];
  }
  if (argument.startsWith(BUILTIN)) return builtins(argument);
  const path = resolve(runtime.cwd, argument);
  return isDirectory(path) ? scenariosIn(path, argument) : [fileAt(path, argument)];
}

async function builtins(argument: string): Promise<readonly ReplayInput[]> {
  const { BUILTIN_SCENARIOS } = await import('../../../conformance/scenario/builtin.ts');
  const names = Object.keys(BUILTIN_SCENARIOS);
  const wanted = argument === `${BUILTIN}*` ? names : names.filter((name) => name === argument);
  if (wanted.length === 0)
    throw new Failure(
      'invalid_argument',
      `there is no scenario ${visible(argument)}${closest(argument, names)}`,
      `${BUILTIN}* stands for all of them: ${names.join(', ')}.`,
    );
  return wanted.map((name) => ({
    ...readInputBytes(Buffer.from(BUILTIN_SCENARIOS[name] ?? ''), name),
    argument: name,
    isFile: false,
  }));
}

/** Without the directories in it, files that begin with a dot, JSON Schemas, and tapes. */
function scenariosIn(path: string, argument: string): readonly ReplayInput[] {
  const names = namesIn(path, argument).filter((name) => /^[^.].*(?<!\.schema)\.(?:ya?ml|json)$/s.test(name));
  if (names.length > MOST_FILES)
    throw new Failure('invalid_argument', `${argument} has ${names.length} files; at most ${MOST_FILES} are accepted`);
  const inputs = names
    .sort()
    .map((name) => fileAt(join(path, name), join(argument, name)))
    .filter((input) => !isTape(input));
  if (inputs.length > 0) return inputs;
  throw new Failure(
    'invalid_argument',
    `${argument} has no scenarios`,
    'A scenario is a file whose name ends in .yaml, .yml or .json, directly in the directory.',
  );
}

function namesIn(path: string, argument: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    throw new Failure('invalid_argument', `cannot read ${argument}: ${systemReason(error)}`, undefined, error);
  }
}

function fileAt(location: string, argument: string): ReplayInput {
  // A name that was found in a directory may have any character.
  const name = visible(argument).replaceAll('\n', '\\u000a');
  return { ...readInputFile(location, { name }), argument, isFile: true };
}

/** Reading a path that cannot be looked at reports the reason. */
function isDirectory(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    return false;
  }
}

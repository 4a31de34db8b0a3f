/** A file that somebody wrote: read whole, judged whole, and refused with file, line and field. */
import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { closest } from '../closest.ts';
import { Failure } from '../errors.ts';
import { systemReason } from '../private-file.ts';
import { readYaml, type YamlFile } from '../yaml-file.ts';

export interface InputFile extends YamlFile {
  /** As messages call it. */
  readonly path: string;
}

/** More than a tape of ten thousand sends. */
const MAX_FILE_BYTES = 16_777_216;

/** YAML or JSON; `name` is how messages call it. @throws Failure not_found, invalid_argument */
export function readInputFile(path: string, name = path): InputFile {
  let text: string;
  try {
    const { size } = statSync(path);
    if (size > MAX_FILE_BYTES)
      throw new Failure('invalid_argument', `${name} has ${size} bytes; accepted: up to ${MAX_FILE_BYTES}`);
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Failure) throw error;
    const code = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'not_found' : 'invalid_argument';
    throw new Failure(code, `cannot read ${name}: ${systemReason(error)}`, undefined, error);
  }
  return { path: name, ...readYaml(text, name, 'invalid_argument') };
}

/** @throws Failure invalid_argument for the first thing that is wrong */
export function judgeInput<S extends z.ZodType>(file: InputFile, schema: S, hint: string): z.output<S> {
  const result = schema.safeParse(file.value);
  if (result.success) return result.data;
  const { issues } = result.error;
  // Of a misspelt field, zod says both that it is missing and that it is unknown.
  const issue = (issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]) as z.core.$ZodIssue;
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  if (unknown === undefined) throw problemIn(file, issue.path, issue.message, hint);
  const message = `is not a known field${closest(unknown, fieldsAt(schema, issue.path))}`;
  throw problemIn(file, [...issue.path, unknown], message, hint);
}

/** `file:line: steps[2].send.token: what is wrong` */
export function problemIn(file: InputFile, where: readonly PropertyKey[], what: string, hint?: string): Failure {
  const field = where
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`))
    .join('');
  const at = `${file.path}:${file.lineOf(where)}`;
  return new Failure('invalid_argument', `${at}: ${field === '' ? 'the file' : field}: ${what}`, hint);
}

function fieldsAt(schema: unknown, path: readonly PropertyKey[]): readonly string[] {
  let at: unknown = schema;
  for (const part of path) {
    at = unwrapped(at);
    if (at instanceof z.ZodObject) at = at.shape[String(part)];
    else if (at instanceof z.ZodArray) at = at.element;
    else return [];
  }
  at = unwrapped(at);
  if (at instanceof z.ZodRecord && at.keyType instanceof z.ZodEnum) return at.keyType.options.map(String);
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function unwrapped(schema: unknown): unknown {
  let at = schema;
  while (at instanceof z.ZodOptional || at instanceof z.ZodDefault) at = at.unwrap();
  return at;
}

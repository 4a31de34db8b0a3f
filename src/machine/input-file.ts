/** Reads and checks a file that a person wrote. A failure names file, line and field. */
import { z } from 'zod';
import { closest } from '../errors/closest.ts';
import { Failure, type FailureCode } from '../errors/failure.ts';
import { printable, visible } from '../errors/foreign-text.ts';
import { readTextFile, textOf } from './file-bytes.ts';
import type { LocatedValue } from './json-file.ts';
import { readYaml } from './yaml-file.ts';

export interface InputFile extends LocatedValue {
  /** Its name in messages. */
  readonly path: string;
  /** The code of its failures. */
  readonly code: FailureCode;
}

interface InputFileOptions {
  /** Its name in messages. */
  readonly name?: string;
  /** The code of its failures. */
  readonly code?: FailureCode;
}

/** A tape of ten thousand sends is smaller. */
export const MAX_FILE_BYTES = 16_777_216;

/** YAML or JSON. @throws Failure of the file's code */
export function readInputFile(
  path: string,
  { name = path, code = 'invalid_argument' }: InputFileOptions = {},
): InputFile {
  const text = readTextFile({ path, name, code, most: MAX_FILE_BYTES });
  return { path: name, code, ...readYaml(text, name, code) };
}

/** What was piped in, under a name for messages. @throws Failure invalid_argument */
export function readInputBytes(bytes: Buffer, name: string): InputFile {
  const code = 'invalid_argument';
  return { path: name, code, ...readYaml(textOf(bytes, { name, code }), name, code) };
}

/** @throws Failure of the file's code, for the first problem */
export function judgeInput<S extends z.ZodType>(file: InputFile, schema: S, hint: string): z.output<S> {
  if (file.value === null) throw problemIn(file, [], 'is empty', hint);
  const result = schema.safeParse(file.value);
  if (result.success) return result.data;
  const { issues } = result.error;
  // For a misspelt field, zod reports both a missing and an unknown field.
  const issue = (issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]) as z.core.$ZodIssue;
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  if (unknown === undefined) throw problemIn(file, issue.path, words(issue), hint);
  const message = `is not a known field${closest(unknown, fieldsAt(schema, issue.path))}`;
  throw problemIn(file, [...issue.path, unknown], message, hint);
}

/** Zod's "Invalid input: expected string, received number", shorter. */
function words({ message, code }: z.core.$ZodIssue): string {
  if (code !== 'invalid_type') return message;
  return message.endsWith('received undefined') ? 'is missing' : message.replace('Invalid input: ', '');
}

/** `file:line: steps[2].send.token: what is wrong` */
export function problemIn(file: InputFile, where: readonly PropertyKey[], what: string, hint?: string): Failure {
  const field = where
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${printable(String(part))}`,
    )
    .join('');
  const at = `${file.path}:${file.lineOf(where)}`;
  return new Failure(file.code, `${at}: ${field === '' ? 'the file' : field}: ${visible(what)}`, hint);
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

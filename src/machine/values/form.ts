/** A kind of value: how it is read, which values are accepted, and how help, documents and editors show it. */
import { Failure } from '../../errors/failure.ts';

/** Makes an error from a problem; the caller adds the source of the value. */
export type Refuse = (problem: string) => Failure;

/** The part of JSON Schema (draft 2020-12) that the configuration file needs. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface ValueForm<T> {
  /** @throws the error that `refuse` makes of the problem */
  read(value: unknown, refuse: Refuse): T;
  /** A value as a person writes it, for a default. */
  write(value: T): string;
  /** The name of the value in help, between < and >. */
  readonly placeholder: string;
  /** The accepted values in words, for messages and documents: `a duration from 1ms to 60s`. */
  readonly accepts: string;
  /** The accepted values in a configuration file. */
  readonly schema: JsonSchema;
  /** The accepted values, if they are few. */
  readonly choices?: readonly string[];
  /** The range of a number, after it is read. */
  readonly unit?: 'seconds' | 'milliseconds';
  /** Present if several values are accepted. */
  readonly isList?: true;
  /** Present for a path: resolves it in this directory. */
  locate?(value: T, directory: string): T;
  /** Present where a value may hold something secret: the value without it. */
  show?(value: T): T;
}

/** The same form for a setting that has no default. */
export function optional<T>(form: ValueForm<T>): ValueForm<T | undefined> {
  return form as ValueForm<T | undefined>;
}

/** The problem with a value, or undefined. */
export function problemWith(form: ValueForm<unknown>, value: unknown): string | undefined {
  try {
    form.read(value, (problem) => new Failure('invalid_argument', problem));
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
}

/** The problem with a value, in one line. @param why a clause about the value, if there is one */
export function mustBe(accepts: string, value: unknown, why?: string): string {
  return `must be ${accepts}, not ${show(value)}${why === undefined ? '' : `: ${why}`}`;
}

/** The value as in a file or on a command line. `String` would call a `toString` from the file. */
export function written(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
}

/** For a message: on one line, shortened if it is long. */
export function show(value: unknown): string {
  const shown = JSON.stringify(value) ?? String(value);
  return shown.length > 80 ? `${shown.slice(0, 80)}…` : shown;
}

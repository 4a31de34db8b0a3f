/** Reading the values of flags that are not settings. */
import { Failure } from '../errors/failure.ts';
import type { ValueForm } from '../machine/values/form.ts';
import { instant as instantForm, pastInstant } from '../machine/values/instant.ts';
import { integer } from '../machine/values/text.ts';

/** Commander calls it with the text of a flag. @throws Failure invalid_argument, naming the flag */
export function argument<T>(flag: string, form: ValueForm<T>, hint?: string): (text: string) => T {
  return (text) => form.read(text, (problem) => new Failure('invalid_argument', `${flag}: ${problem}`, hint));
}

/** Commander calls it for each use of a flag with several values, which may be repeated or separated by commas. */
export function list<T>(read: (text: string) => T): (text: string, before?: readonly T[]) => readonly T[] {
  return (text, before = []) => [...before, ...text.split(',').map((part) => read(part.trim()))];
}

/** A whole number from 1. */
export function count(flag: string, most: number): (text: string) => number {
  return argument(flag, integer(1, most));
}

/** Whole seconds since 1970. */
export function instant(flag: string): (text: string) => number {
  const read = argument(flag, instantForm);
  return (text) => Math.floor(read(text) / 1000);
}

/** Milliseconds since 1970. @throws Failure invalid_argument */
export function past(flag: string, text: string, now: number): number {
  return argument(flag, pastInstant(now))(text);
}

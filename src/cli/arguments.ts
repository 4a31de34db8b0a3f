/** Reading the values of flags that are not settings. */
import { Failure } from '../errors/failure.ts';
import type { ValueForm } from '../machine/values/form.ts';
import { instant, saidInstant } from '../machine/values/instant.ts';
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

/** Milliseconds since 1970, of a time as people write it. @throws Failure invalid_argument */
export function time(flag: string, text: string, now: number): number {
  return argument(flag, saidInstant(now))(text);
}

/** The same in whole seconds, as tokens have them: of a token, any number is a time. */
export function second(flag: string, text: string, now: number): number {
  const read = /^\d+$/.test(text) ? argument(flag, instant)(text) : time(flag, text, now);
  return Math.floor(read / 1000);
}

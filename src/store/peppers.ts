/** The peppers of a state directory: one 0600 file, numbered, the newest in use, older ones kept for what they made. */
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import { Failure, refusal } from '../errors.ts';
import { readPrivateFile, writePrivateFile } from '../private-file.ts';
import type { RandomSource } from '../random.ts';
import type { Pepper } from '../workspace/api-key.ts';
import { isMade } from './database-file.ts';
import { exclusively } from './exclusive.ts';
import { MAIN_SCHEMA } from './schema.ts';

export interface Peppers {
  /** What new keys and records are made with. */
  readonly current: Pepper;
  /** The pepper of that number; a number that another process added is found by reading the file again. */
  get(kid: number): Pepper | undefined;
  /** Every number there is, ascending. */
  kids(): readonly number[];
}

const PEPPER_BYTES = 32;

/**
 * Reads the pepper file, or makes it. Of two processes that start at once, one makes it and both use it.
 * @param database its file: one that exists was made with a pepper, so no new one is made for it
 * @throws Failure state_mismatch, state_unsafe, state_corrupt, state_unwritable
 */
export function openPeppers(path: string, database: string, random: Pick<RandomSource, 'bytes'>): Peppers {
  let peppers = read(path);
  if (peppers === undefined && !isMade(database, MAIN_SCHEMA))
    writePrivateFile(path, serialize([newPepper(1, random)]), { exclusive: true });
  peppers ??= read(path); // made here, or by another process since we looked
  if (peppers === undefined)
    throw new Failure(
      'state_mismatch',
      `${database} was made with a pepper, and there is none at ${path}`,
      'Use the state directory that made it, or restore its pepper file.',
    );
  return keep(path, peppers);
}

/** The pepper that made a row. @throws ApiError record_unreadable when it is not there, or its file cannot be read */
export function pepperOf(peppers: Peppers, kid: number): Pepper {
  const expected = `pepper ${kid}`;
  let pepper: Pepper | undefined;
  try {
    pepper = peppers.get(kid);
  } catch (cause) {
    throw refusal('record_unreadable', { expected, received: 'a pepper file that cannot be read', cause });
  }
  if (pepper === undefined) throw refusal('record_unreadable', { expected, received: 'none' });
  return pepper;
}

/** The peppers of a file that may not exist; nothing is made. @throws Failure state_unsafe, state_corrupt */
export function readPeppers(path: string): Peppers | undefined {
  const peppers = read(path);
  return peppers && keep(path, peppers);
}

/**
 * Adds a pepper, which new keys and records then use. Of two processes at once, each adds its own.
 * @returns its number
 * @throws Failure not_found, state_locked, state_unsafe, state_corrupt, state_unwritable
 */
export function rotatePepper(path: string, random: Pick<RandomSource, 'bytes'>): number {
  peppersToRotate(path); // before a lock is made for nothing
  return exclusively(`${path}.lock`, () => {
    const peppers = peppersToRotate(path);
    const kid = (peppers.at(-1) as Pepper).kid + 1; // a file without peppers is refused
    writePrivateFile(path, serialize([...peppers, newPepper(kid, random)]));
    return kid;
  });
}

function peppersToRotate(path: string): Pepper[] {
  const peppers = read(path);
  if (peppers === undefined)
    throw new Failure(
      'not_found',
      `there is no pepper at ${path} to rotate`,
      'Start the server once, or check --state-dir.',
    );
  return peppers;
}

/** Peppers that live as long as the process, for a database in memory. */
export function temporaryPeppers(random: Pick<RandomSource, 'bytes'>): Peppers {
  const pepper = newPepper(1, random);
  return { current: pepper, get: (kid) => (kid === 1 ? pepper : undefined), kids: () => [1] };
}

function newPepper(kid: number, random: Pick<RandomSource, 'bytes'>): Pepper {
  return { kid, key: createSecretKey(random.bytes(PEPPER_BYTES)) };
}

/** Shows that a database and a pepper belong together without saying anything of the pepper. */
export function pepperCheck({ kid, key }: Pepper): string {
  return createHmac('sha256', key).update(`agent-paste pepper check${kid}`).digest('base64url');
}

export function sameCheck(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function keep(path: string, initial: readonly Pepper[]): Peppers {
  let peppers = initial;
  const find = (kid: number) => peppers.find((pepper) => pepper.kid === kid);
  return {
    get current() {
      return peppers.at(-1) as Pepper; // `parse` refuses an empty list
    },
    get(kid) {
      if (find(kid) === undefined) peppers = read(path) ?? peppers;
      return find(kid);
    },
    kids: () => peppers.map(({ kid }) => kid),
  };
}

function read(path: string): Pepper[] | undefined {
  const text = readPrivateFile(path);
  return text === undefined ? undefined : parse(path, text);
}

function serialize(peppers: readonly Pepper[]): string {
  return `${JSON.stringify({ peppers: peppers.map(({ kid, key }) => ({ kid, key: key.export().toString('base64url') })) }, null, 2)}\n`;
}

function parse(path: string, text: string): Pepper[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw corrupt(path, 'is not JSON', cause);
  }
  const rows: unknown = typeof value === 'object' && value !== null && 'peppers' in value ? value.peppers : undefined;
  if (!Array.isArray(rows) || rows.length === 0) throw corrupt(path, 'lists no peppers');
  const brokenAfter = (number: number) => corrupt(path, `has a broken entry after number ${number}`);
  let previous = 0;
  return rows.map((row: { kid?: unknown; key?: unknown } | null) => {
    const { kid, key } = row ?? {};
    if (!isSafeInteger(kid) || kid <= previous || typeof key !== 'string') throw brokenAfter(previous);
    const bytes = Buffer.from(key, 'base64url');
    if (bytes.length !== PEPPER_BYTES) throw brokenAfter(previous);
    previous = kid;
    return { kid, key: createSecretKey(bytes) };
  });
}

function isSafeInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function corrupt(path: string, what: string, cause?: unknown): Failure {
  return new Failure(
    'state_corrupt',
    `the pepper file ${path} ${what}`,
    'Restore it from a backup: without it, stored answers and API keys cannot be used.',
    cause,
  );
}

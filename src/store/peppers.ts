/** The peppers of a state directory: one 0600 file. They are numbered; the newest is used, older ones stay for older rows. */
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import type { Pepper } from '../callback/workspace/api-key.ts';
import { refusal } from '../errors/api-error.ts';
import { Failure } from '../errors/failure.ts';
import { readMountedFile, readPrivateFile, writePrivateFile } from '../machine/private-file.ts';
import type { RandomSource } from '../machine/random.ts';
import type { PepperPlace } from '../machine/state-directory.ts';

export interface Peppers {
  /** The pepper for new keys and records. */
  readonly current: Pepper;
  /** The pepper of that number. The file is read again for an unknown number, which another process may have added. */
  get(kid: number): Pepper | undefined;
  /** All numbers, ascending. */
  kids(): readonly number[];
}

/** A database, before it is opened. */
export interface MaybeMade {
  readonly name: string;
  /** Whether it is a database of this program with content. */
  isMade(): boolean;
}

const PEPPER_BYTES = 32;

/**
 * Reads the pepper file, or creates it. If two processes start at once, one creates it and both use it.
 * @param database if it exists, it was made with a pepper, so no new one is created for it
 * @throws Failure state_mismatch, state_unsafe, state_corrupt, state_unwritable
 */
export function openPeppers(place: PepperPlace, database: MaybeMade, random: Pick<RandomSource, 'bytes'>): Peppers {
  let set = read(place);
  if (set === undefined && typeof place === 'string' && !database.isMade())
    writePrivateFile(place, serialize({ peppers: [newPepper(1, random)] }), { exclusive: true });
  set ??= read(place); // created here, or by another process in the meantime
  if (set === undefined)
    throw new Failure(
      'state_mismatch',
      `${database.name} was made with a pepper, and ${place} does not exist`,
      'Use the state directory that made it, or restore its pepper file.',
    );
  return keep(place, set);
}

/** The pepper that made a row. @throws ApiError record_unreadable if it is missing or its file cannot be read */
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

/** The peppers of a file that may not exist; no file is created. @throws Failure state_unsafe, state_corrupt */
export function readPeppers(place: PepperPlace): Peppers | undefined {
  const set = read(place);
  return set && keep(place, set);
}

/**
 * Adds a pepper, which new keys and records then use. To be called under the guard of the state directory.
 * @returns its number
 * @throws Failure not_found, state_unsafe, state_corrupt, state_unwritable
 */
export function rotatePepper(path: string, random: Pick<RandomSource, 'bytes'>): number {
  const set = read(path);
  if (set === undefined)
    throw new Failure(
      'not_found',
      `there is no pepper file at ${path} to rotate`,
      'Start the server once, or check --state-dir.',
    );
  const kid = (set.peppers.at(-1) as Pepper).kid + 1; // a file without peppers is refused
  writePrivateFile(path, serialize({ ...set, peppers: [...set.peppers, newPepper(kid, random)] }));
  return kid;
}

/** Peppers for a database in memory; they exist as long as the process. */
export function temporaryPeppers(random: Pick<RandomSource, 'bytes'>): Peppers {
  const pepper = newPepper(1, random);
  return { current: pepper, get: (kid) => (kid === 1 ? pepper : undefined), kids: () => [1] };
}

function newPepper(kid: number, random: Pick<RandomSource, 'bytes'>): Pepper {
  return { kid, key: createSecretKey(random.bytes(PEPPER_BYTES)) };
}

/** A value that shows whether a database and a pepper belong together, without revealing the pepper. */
export function pepperCheck({ kid, key }: Pepper): string {
  return createHmac('sha256', key).update(`agent-paste pepper check${kid}`).digest('base64url');
}

export function sameCheck(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function keep(place: PepperPlace, initial: PepperSet): Peppers {
  let set = initial;
  const find = (kid: number) => set.peppers.find((pepper) => pepper.kid === kid);
  return {
    get current() {
      return (set.current === undefined ? set.peppers.at(-1) : find(set.current)) as Pepper; // `parse` refuses an empty list
    },
    get(kid) {
      if (find(kid) === undefined) set = read(place) ?? set;
      return find(kid);
    },
    kids: () => set.peppers.map(({ kid }) => kid),
  };
}

/** As a file has them. */
interface PepperSet {
  readonly peppers: readonly Pepper[];
  /** The number that is used, where that is not the newest: every host must know a number before one uses it. */
  readonly current?: number | undefined;
}

function read(place: PepperPlace): PepperSet | undefined {
  if (typeof place === 'string') {
    const text = readPrivateFile(place);
    return text === undefined ? undefined : parse(nameOf(place), text);
  }
  return parse(nameOf(place), 'json' in place ? place.json : readMountedFile(place.mounted));
}

/** As messages name it. */
export function nameOf(place: PepperPlace): string {
  if (typeof place === 'string') return `the pepper file ${place}`;
  return 'json' in place ? 'AGENT_PASTE_PEPPERS' : `the pepper file ${place.mounted}`;
}

function serialize({ peppers, current }: PepperSet): string {
  const rows = peppers.map(({ kid, key }) => ({ kid, key: key.export().toString('base64url') }));
  return `${JSON.stringify({ peppers: rows, current }, null, 2)}\n`;
}

function parse(name: string, text: string): PepperSet {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw corrupt(name, 'is not JSON', cause);
  }
  const { peppers: rows, current } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  if (!Array.isArray(rows) || rows.length === 0) throw corrupt(name, 'lists no peppers');
  const brokenAfter = (number: number) => corrupt(name, `has a broken entry after number ${number}`);
  let previous = 0;
  const peppers = rows.map((row: { kid?: unknown; key?: unknown } | null) => {
    const { kid, key } = row ?? {};
    if (!isSafeInteger(kid) || kid <= previous || typeof key !== 'string') throw brokenAfter(previous);
    const bytes = Buffer.from(key, 'base64url');
    if (bytes.length !== PEPPER_BYTES) throw brokenAfter(previous);
    previous = kid;
    return { kid, key: createSecretKey(bytes) };
  });
  if (current !== undefined && !peppers.some(({ kid }) => kid === current))
    throw corrupt(name, 'names a current number that it does not have');
  return { peppers, current: current as number | undefined };
}

function isSafeInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function corrupt(name: string, what: string, cause?: unknown): Failure {
  return new Failure(
    'state_corrupt',
    `${name} ${what}`,
    'Restore it from a backup: without it, stored answers and API keys cannot be used.',
    cause,
  );
}

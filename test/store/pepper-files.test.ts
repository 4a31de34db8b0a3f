import { createHmac, createSecretKey } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ApiError, Failure } from '../../src/errors.ts';
import { systemRandom } from '../../src/random.ts';
import {
  openPeppers,
  type Peppers,
  pepperCheck,
  pepperOf,
  readPeppers,
  rotatePepper,
  sameCheck,
  temporaryPeppers,
} from '../../src/store/peppers.ts';
import { holdWriteLock } from '../support/database.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/directory.ts';
import { openStore } from '../support/store.ts';

let directory: TemporaryDirectory;
let path: string;
let database: string;
beforeEach(() => {
  directory = temporaryDirectory();
  path = join(directory.path, 'peppers.json');
  database = join(directory.path, 'agent-paste.db');
});
afterEach(() => directory[Symbol.dispose]());

const random = systemRandom();
const none = {
  bytes: (): Buffer => {
    throw new Error('a new pepper was drawn');
  },
};
const KEY = 'A'.repeat(43);

/** A failure that says what is wrong, names the file, and what to do. */
function failureOf(work: () => unknown): Failure {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.message).toContain(path);
    expect(error.message).toMatch(/\w$/);
    expect(error.hint).toMatch(/\S/);
    return error;
  }
  throw new Error('it was accepted');
}

const bytesOf = (peppers: Peppers | undefined): Buffer | undefined => peppers?.current.key.export();

test('a pepper that is there is used, and none is drawn', () => {
  const made = openPeppers(path, database, random);
  expect(made.kids()).toEqual([1]);
  expect(bytesOf(openPeppers(path, database, none))).toEqual(bytesOf(made));
});

test('of two processes that start at once, one makes the pepper and both use it', () => {
  let other: Buffer | undefined;
  const late = openPeppers(path, database, {
    bytes(size) {
      other = bytesOf(openPeppers(path, database, random)); // meanwhile
      return random.bytes(size);
    },
  });
  expect(bytesOf(late)).toEqual(other);
  expect(bytesOf(readPeppers(path))).toEqual(other);
});

test('a database that was made with a pepper gets no new one', () => {
  openStore(directory.path).store.close();
  rmSync(path);
  expect(failureOf(() => openPeppers(path, database, none)).code).toBe('state_mismatch');
});

test('reading makes nothing', () => {
  expect(readPeppers(path)).toBeUndefined();
});

test('a rotation adds a number, keeps those before, and is seen by whoever asks for the number', () => {
  const before = openPeppers(path, database, random);
  expect(before.get(2)).toBeUndefined();
  expect(rotatePepper(path, random)).toBe(2);
  expect(rotatePepper(path, random)).toBe(3);
  expect(before.current.kid).toBe(1);
  expect(before.get(2)?.key.symmetricKeySize).toBe(32);
  expect(before.kids()).toEqual([1, 2, 3]);
  expect(before.current.kid).toBe(3);
  expect(readPeppers(path)?.get(1)?.key.export()).toEqual(before.get(1)?.key.export());
});

test('a pepper that is known is not looked for in the file; one that is not is missed there', () => {
  const peppers = openPeppers(path, database, random);
  writeFileSync(path, 'x');
  expect(peppers.get(1)?.kid).toBe(1);
  rmSync(path);
  expect(peppers.get(2)).toBeUndefined();
  expect(peppers.get(1)?.kid).toBe(1);
});

test('there is nothing to rotate where no pepper is', () => {
  expect(failureOf(() => rotatePepper(path, none)).code).toBe('not_found');
  expect(readdirSync(directory.path)).toEqual([]);
});

test('the file is JSON with a number and a key in each entry, and ends with a line end', () => {
  const peppers = openPeppers(path, database, random);
  const text = readFileSync(path, 'utf8');
  expect(JSON.parse(text)).toEqual({ peppers: [{ kid: 1, key: bytesOf(peppers)?.toString('base64url') }] });
  expect(text.endsWith('}\n')).toBe(true);
});

test.each([
  ['null', 'null'],
  ['a text', '"peppers"'],
  ['a number', '1'],
  ['a list', '[]'],
  ['null for peppers', '{"peppers":null}'],
  ['a text for peppers', '{"peppers":"x"}'],
  ['no peppers', '{"peppers":[]}'],
  ['null among them', '{"peppers":[null]}'],
  ['an entry without members', '{"peppers":[{}]}'],
  ['no number', `{"peppers":[{"key":"${KEY}"}]}`],
  ['no key', '{"peppers":[{"kid":1}]}'],
  ['a list for a key', `{"peppers":[{"kid":1,"key":["${KEY}"]}]}`],
  ['a key of 31 bytes', `{"peppers":[{"kid":1,"key":"${KEY.slice(0, 42)}"}]}`],
  ['a key of 33 bytes', `{"peppers":[{"kid":1,"key":"${KEY}A"}]}`],
  ['a number as text', `{"peppers":[{"kid":"1","key":"${KEY}"}]}`],
  ['half a number', `{"peppers":[{"kid":1.5,"key":"${KEY}"}]}`],
  ['the number 0', `{"peppers":[{"kid":0,"key":"${KEY}"}]}`],
  ['a number twice', `{"peppers":[{"kid":1,"key":"${KEY}"},{"kid":1,"key":"${KEY}"}]}`],
  ['a number that goes down', `{"peppers":[{"kid":2,"key":"${KEY}"},{"kid":1,"key":"${KEY}"}]}`],
])('a pepper file with %s is refused', (_, text) => {
  writeFileSync(path, text, { mode: 0o600 });
  for (const use of [() => readPeppers(path), () => openPeppers(path, database, none), () => rotatePepper(path, none)])
    expect(failureOf(use).code).toBe('state_corrupt');
  expect(readFileSync(path, 'utf8')).toBe(text);
});

test('a pepper file that is no JSON is refused with the cause, and one with gaps between its numbers is not', () => {
  writeFileSync(path, '{', { mode: 0o600 });
  expect(failureOf(() => readPeppers(path)).cause).toBeInstanceOf(SyntaxError);
  writeFileSync(path, `{"peppers":[{"kid":2,"key":"${KEY}"},{"kid":5,"key":"${KEY}"}]}`);
  expect(readPeppers(path)?.kids()).toEqual([2, 5]);
});

test('a row whose pepper is not there, or whose pepper file cannot be read, is unreadable', () => {
  const peppers = openPeppers(path, database, random);
  expect(pepperOf(peppers, 1)).toEqual(peppers.current);
  const refusal = () => {
    try {
      return pepperOf(peppers, 9);
    } catch (error) {
      return error as ApiError;
    }
  };
  for (const damage of [() => undefined, () => writeFileSync(path, '{')]) {
    damage();
    const error = refusal() as ApiError;
    expect(error).toBeInstanceOf(ApiError);
    expect([error.reason, error.detail.retryAfter]).toEqual(['record_unreadable', 1]);
    expect(error.detail.expected).toContain('9');
    expect(error.detail.received).toMatch(/\S/);
  }
  expect((refusal() as ApiError).cause).toBeInstanceOf(Failure);
});

test('peppers of a database in memory are one, and as long as those of a file', () => {
  const peppers = temporaryPeppers(random);
  expect(peppers.current).toMatchObject({ kid: 1, key: expect.objectContaining({ symmetricKeySize: 32 }) });
  expect([peppers.get(1), peppers.get(2), peppers.kids()]).toEqual([peppers.current, undefined, [1]]);
});

test('the check of a pepper is an HMAC of its number, and differs with either', () => {
  const pepper = { kid: 7, key: createSecretKey(Buffer.alloc(32, 1)) };
  const check = createHmac('sha256', pepper.key).update('agent-paste pepper check7').digest('base64url');
  expect(pepperCheck(pepper)).toBe(check);
  expect(sameCheck(check, pepperCheck(pepper))).toBe(true);
  for (const other of ['', check.slice(1), `${check}x`, pepperCheck({ ...pepper, kid: 8 })])
    expect(sameCheck(check, other)).toBe(false);
});

test('a database that knows its peppers opens without the write lock, and refuses another pepper with a hint', () => {
  openStore(directory.path).store.close();
  {
    using _ = holdWriteLock(database);
    openStore(directory.path).store.close();
  }
  writeFileSync(path, `{"peppers":[{"kid":1,"key":"${KEY}"}]}`);
  let failure: unknown;
  try {
    openStore(directory.path);
  } catch (error) {
    failure = error;
  }
  expect(failure).toMatchObject({ code: 'state_mismatch', hint: expect.stringMatching(/\S/) });
});

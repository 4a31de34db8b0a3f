import { createHmac, createSecretKey } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ApiError } from '../../src/errors/api-error.ts';
import { Failure } from '../../src/errors/failure.ts';
import { systemRandom } from '../../src/machine/random.ts';
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
import { type DatabaseFile, databaseAt } from '../../src/store/sqlite/store.ts';
import { holdWriteLock } from '../support/database.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/directory.ts';
import { openStore } from '../support/store.ts';

let directory: TemporaryDirectory;
let path: string;
let database: DatabaseFile;
beforeEach(() => {
  directory = temporaryDirectory();
  path = join(directory.path, 'peppers.json');
  database = databaseAt(join(directory.path, 'agent-paste.db'));
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

test('uses an existing pepper without drawing one', () => {
  const made = openPeppers(path, database, random);
  expect(made.kids()).toEqual([1]);
  expect(bytesOf(openPeppers(path, database, none))).toEqual(bytesOf(made));
});

test('makes one pepper for two processes that start together', () => {
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

test('makes no new pepper for a database that was made with one', async () => {
  await openStore(directory.path).store.close();
  rmSync(path);
  expect(failureOf(() => openPeppers(path, database, none)).code).toBe('state_mismatch');
});

test('creates nothing when reading', () => {
  expect(readPeppers(path)).toBeUndefined();
});

test('adds a number at a rotation, keeps the earlier ones, and is visible to other readers', () => {
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

test('reads the file only for an unknown pepper', () => {
  const peppers = openPeppers(path, database, random);
  writeFileSync(path, 'x');
  expect(peppers.get(1)?.kid).toBe(1);
  rmSync(path);
  expect(peppers.get(2)).toBeUndefined();
  expect(peppers.get(1)?.kid).toBe(1);
});

test('rejects a rotation without a first pepper', () => {
  expect(failureOf(() => rotatePepper(path, none)).code).toBe('not_found');
  expect(readdirSync(directory.path)).toEqual([]);
});

test('writes JSON entries of a number and a key, with a final line end', () => {
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

test('rejects a pepper file that is not JSON, and accepts gaps between numbers', () => {
  writeFileSync(path, '{', { mode: 0o600 });
  expect(failureOf(() => readPeppers(path)).cause).toBeInstanceOf(SyntaxError);
  writeFileSync(path, `{"peppers":[{"kid":2,"key":"${KEY}"},{"kid":5,"key":"${KEY}"}]}`);
  expect(readPeppers(path)?.kids()).toEqual([2, 5]);
});

test('reports a row as unreadable without its pepper or a readable pepper file', () => {
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

test('has one pepper of normal length for a database in memory', () => {
  const peppers = temporaryPeppers(random);
  expect(peppers.current).toMatchObject({ kid: 1, key: expect.objectContaining({ symmetricKeySize: 32 }) });
  expect([peppers.get(1), peppers.get(2), peppers.kids()]).toEqual([peppers.current, undefined, [1]]);
});

test('checks a pepper by an HMAC of its number', () => {
  const pepper = { kid: 7, key: createSecretKey(Buffer.alloc(32, 1)) };
  const check = createHmac('sha256', pepper.key).update('agent-paste pepper check7').digest('base64url');
  expect(pepperCheck(pepper)).toBe(check);
  expect(sameCheck(check, pepperCheck(pepper))).toBe(true);
  for (const other of ['', check.slice(1), `${check}x`, pepperCheck({ ...pepper, kid: 8 })])
    expect(sameCheck(check, other)).toBe(false);
});

test('opens a database of known peppers without the write lock, and rejects another pepper with a hint', async () => {
  await openStore(directory.path).store.close();
  {
    using _ = holdWriteLock(database.name);
    await openStore(directory.path).store.close();
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

import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Failure } from '../../src/errors/failure.ts';
import { exclusively } from '../../src/machine/file-lock.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/directory.ts';

let directory: TemporaryDirectory;
let file: string;
beforeEach(() => {
  directory = temporaryDirectory();
  file = join(directory.path, 'a.lock');
});
afterEach(() => directory[Symbol.dispose]());

function failureOf(work: () => unknown): Failure {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error;
  }
  throw new Error('nothing failed');
}

test('hands back what the work returns, and leaves an empty file that only its owner may read', () => {
  expect(exclusively(file, () => 7)).toBe(7);
  expect(statSync(file).size).toBe(0);
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('gives the lock back when the work fails, and throws what the work threw', () => {
  const error = new Error('mine');
  expect(() =>
    exclusively(file, () => {
      throw error;
    }),
  ).toThrow(error);
  expect(exclusively(file, () => 'free')).toBe('free');
});

test('refuses to work while another connection holds the lock', () => {
  let worked = false;
  const failure = exclusively(file, () =>
    failureOf(() => {
      const work = () => {
        worked = true;
      };
      exclusively(file, work, 200);
    }),
  );
  expect([failure.code, worked]).toEqual(['state_locked', false]);
  expect(failure.message).toContain(file);
});

test.each<[string, () => void, string]>([
  ['a directory', () => mkdirSync(file), 'state_unwritable'],
  ['a file of something else', () => writeFileSync(file, 'no database'.repeat(100)), 'state_corrupt'],
])('says what is wrong with %s in the place of the lock', (_, put, code) => {
  put();
  const failure = failureOf(() => exclusively(file, () => undefined));
  expect(failure.code).toBe(code);
  expect(failure.message).toContain(file);
  expect(failure.hint).toMatch(/\S/);
});

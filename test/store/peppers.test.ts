import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemRandom } from '../../src/machine/random.ts';
import { openPeppers, readPeppers, rotatePepper } from '../../src/store/peppers.ts';
import { databaseAt, openSqliteStore } from '../../src/store/sqlite/store.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/directory.ts';
import { callbackOf, openStore } from '../support/store.ts';

let directory: TemporaryDirectory;

beforeEach(() => {
  directory = temporaryDirectory();
});

afterEach(() => directory[Symbol.dispose]());

async function signedIn(): Promise<{ path: string; pepperPath: string }> {
  await using opened = openStore(directory.path);
  await opened.store.resolveMember(callbackOf());
  return opened;
}

test('creates the pepper file once, 0600, with 32 random bytes', async () => {
  const { pepperPath } = await signedIn();
  expect(statSync(pepperPath).mode & 0o777).toBe(0o600);
  const before = readFileSync(pepperPath, 'utf8');
  await openStore(directory.path).store.close();
  expect(readFileSync(pepperPath, 'utf8')).toBe(before);
  expect(readPeppers(pepperPath)?.current.key.symmetricKeySize).toBe(32);
});

test('rejects a database without its pepper file, and makes no new pepper', async () => {
  const { pepperPath } = await signedIn();
  rmSync(pepperPath);
  expect(() => openStore(directory.path)).toThrow(
    expect.objectContaining({ code: 'state_mismatch', message: expect.stringContaining(pepperPath) }),
  );
  expect(existsSync(pepperPath)).toBe(false);
});

test('rejects another pepper, so servers with different peppers cannot share a database', async () => {
  const { path } = await signedIn();
  const random = systemRandom();
  const other = openPeppers(join(directory.path, 'other.json'), databaseAt(join(directory.path, 'none.db')), random);
  expect(() => openSqliteStore({ path, peppers: other, random, keyEnvironment: 'preview' })).toThrow(
    expect.objectContaining({
      code: 'state_mismatch',
      message: `${path} was made with another pepper: number 1 differs`,
    }),
  );
});

test('names the number of an earlier pepper that was lost', async () => {
  const { path, pepperPath } = await signedIn();
  const before = readFileSync(pepperPath);
  rotatePepper(pepperPath, systemRandom());
  await openStore(directory.path).store.close();
  writeFileSync(pepperPath, before);
  expect(() => openStore(directory.path)).toThrow(
    expect.objectContaining({
      code: 'state_mismatch',
      message: `${path} was made with another pepper: number 2 is missing`,
    }),
  );
});

test.each([
  ['no JSON', '{'],
  ['no list', '{"peppers": 1}'],
  ['an empty list', '{"peppers": []}'],
  ['a short pepper', '{"peppers": [{"kid": 1, "key": "AAAA"}]}'],
  ['a number twice', JSON.stringify({ peppers: [1, 1].map((kid) => ({ kid, key: 'A'.repeat(43) })) })],
  ['a number that is none', JSON.stringify({ peppers: [{ kid: 0, key: 'A'.repeat(43) }] })],
])('a pepper file with %s is refused and kept', (_, text) => {
  const path = join(directory.path, 'peppers.json');
  writeFileSync(path, text, { mode: 0o600 });
  expect(() => openStore(directory.path)).toThrow(
    expect.objectContaining({ code: 'state_corrupt', message: expect.stringContaining(path) }),
  );
  expect(readFileSync(path, 'utf8')).toBe(text);
});

test('rejects a pepper file that other users can read', async () => {
  const { pepperPath } = await signedIn();
  writeFileSync(`${pepperPath}.open`, readFileSync(pepperPath), { mode: 0o644 });
  expect(() => readPeppers(`${pepperPath}.open`)).toThrow(
    expect.objectContaining({ code: 'state_unsafe', message: expect.stringContaining('0644') }),
  );
});

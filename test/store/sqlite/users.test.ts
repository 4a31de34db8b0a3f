import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../../../src/store/sqlite/file/open.ts';
import { DIRECTORY_SCHEMA } from '../../../src/store/sqlite/schema.ts';
import { openDirectory } from '../../../src/store/sqlite/users.ts';
import { newUser, type UserDirectory, type UserQuery } from '../../../src/workos/users.ts';
import { holdWriteLock } from '../../support/database.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/directory.ts';

const AT = '2026-01-01T00:00:00.000Z';
const IDS = ['user_1', 'user_2', 'user_3', 'user_4', 'user_5'];

let temporary: TemporaryDirectory;
let path: string;
let directory: UserDirectory;

beforeEach(() => {
  temporary = temporaryDirectory();
  path = join(temporary.path, 'users.db');
  directory = openDirectory(path);
});

afterEach(() => {
  directory.close();
  temporary[Symbol.dispose]();
});

function addFive(): void {
  for (const id of IDS) directory.add(newUser(id, `${id}@example.com`, AT));
}

/** Follows `after` or `before` to the end. */
function walk(query: UserQuery, cursor: 'after' | 'before'): string[][] {
  const pages: string[][] = [];
  for (let from: string | null | undefined = query[cursor]; from !== null; ) {
    const page = directory.list({ ...query, [cursor]: from });
    pages.push(page.users.map(({ id }) => id));
    from = page[cursor];
  }
  return pages;
}

test('continues a list after a cursor, newest first by default', () => {
  addFive();
  expect(walk({ limit: 2 }, 'after')).toEqual([['user_5', 'user_4'], ['user_3', 'user_2'], ['user_1']]);
  expect(walk({ limit: 2, order: 'asc' }, 'after')).toEqual([['user_1', 'user_2'], ['user_3', 'user_4'], ['user_5']]);
});

test('pages back before a cursor, in the order of the list', () => {
  addFive();
  expect(walk({ limit: 2, before: 'user_1' }, 'before')).toEqual([
    ['user_3', 'user_2'],
    ['user_5', 'user_4'],
  ]);
  expect(walk({ limit: 3, order: 'asc', before: 'user_5' }, 'before')).toEqual([
    ['user_2', 'user_3', 'user_4'],
    ['user_1'],
  ]);
});

test('has no cursor on a page that holds everything', () => {
  addFive();
  expect(directory.list({ limit: 5 })).toMatchObject({ before: null, after: null });
  expect(directory.list({ limit: 5, email: 'nobody@example.com' })).toEqual({ users: [], before: null, after: null });
});

test('lists users by address, whatever its case, in pages', () => {
  for (const id of IDS) directory.add(newUser(id, id === 'user_3' ? 'bob@example.com' : 'Ada@example.com', AT));
  expect(walk({ limit: 3, email: 'ADA@EXAMPLE.COM' }, 'after')).toEqual([['user_5', 'user_4', 'user_2'], ['user_1']]);
  expect(directory.findByEmail('ada@example.com')?.id).toBe('user_1');
});

test('rejects an unknown cursor', () => {
  addFive();
  for (const cursor of [{ after: 'user_9' }, { before: 'user_9' }])
    expect(() => directory.list({ limit: 1, ...cursor })).toThrow(expect.objectContaining({ code: 'invalid_request' }));
});

test('rejects an existing id, and leaves its user unchanged', () => {
  addFive();
  expect(() => directory.add(newUser('user_1', 'other@example.com', AT))).toThrow(
    expect.objectContaining({ code: 'conflict' }),
  );
  expect(directory.find('user_1')?.email).toBe('user_1@example.com');
});

test('shows changed and removed users to every process', () => {
  addFive();
  const other = openDirectory(path);
  other.changeEmail('user_1', 'renamed@example.com', '2026-02-01T00:00:00.000Z');
  expect(other.remove('user_2')).toBe(true);
  expect(other.remove('user_2')).toBe(false);
  other.close();
  expect(directory.find('user_1')).toMatchObject({
    email: 'renamed@example.com',
    updated_at: '2026-02-01T00:00:00.000Z',
  });
  expect(directory.find('user_2')).toBeUndefined();
  expect(directory.first()?.id).toBe('user_1');
});

test("reports another process's lock as an outage, not a bug, and still reads", () => {
  addFive();
  using _ = holdWriteLock(path);
  const serving = openDirectory(path, { waitAs: 'server' });
  expect(() => serving.add(newUser('user_6', 'six@example.com', AT))).toThrow(
    expect.objectContaining({ code: 'database_unavailable', reason: 'database_busy' }),
  );
  serving.close();
  expect(directory.find('user_1')?.id).toBe('user_1');
});

test('an address that is known, in any case, is not added again', () => {
  const ada = newUser('user_1', 'Ada@Example.com', AT);
  expect(directory.findOrAdd(ada)).toEqual([ada]);
  expect(directory.findOrAdd(newUser('user_2', 'ada@example.com', AT))).toEqual([ada]);
  expect(directory.list({ limit: 10 }).users).toEqual([ada]);
});

test('an address that users share on purpose gives all of them, the oldest first', () => {
  const [first, second] = [newUser('user_1', 'ada@example.com', AT), newUser('user_2', 'ADA@example.com', AT)];
  directory.add(first);
  directory.add(second);
  expect(directory.findOrAdd(newUser('user_3', 'ada@example.com', AT))).toEqual([first, second]);
});

test('a new address whose id is taken is refused, and nothing is added', () => {
  directory.add(newUser('user_1', 'ada@example.com', AT));
  expect(() => directory.findOrAdd(newUser('user_1', 'bob@example.com', AT))).toThrow(
    expect.objectContaining({ code: 'conflict' }),
  );
  expect(directory.list({ limit: 10 }).users).toHaveLength(1);
});

test('one address that two connections add at once is one user', () => {
  const other = openDirectory(path);
  const found = [directory, other, directory, other].map((each, index) =>
    each.findOrAdd(newUser(`user_${index}`, 'ada@example.com', AT)),
  );
  other.close();
  expect(new Set(found.map(([{ id }]) => id))).toEqual(new Set(['user_0']));
});

test('a directory of the first version is read without being migrated', () => {
  directory.close();
  const first = openDatabase(
    join(temporary.path, 'first.db'),
    { ...DIRECTORY_SCHEMA, steps: DIRECTORY_SCHEMA.steps.slice(0, 1) },
    { synchronous: 'NORMAL' },
  );
  first.exec(`INSERT INTO users VALUES (1, 'user_1', 'ada@example.com', 'Ada', NULL, '${AT}', '${AT}')`);
  first.close();
  directory = openDirectory(join(temporary.path, 'first.db'), { readOnly: true });
  expect(directory.find('user_1')).toEqual({ ...newUser('user_1', 'ada@example.com', AT), first_name: 'Ada' });
});

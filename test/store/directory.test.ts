import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newUser } from '../../src/local-users.ts';
import { openDirectory, type UserDirectory, type UserQuery } from '../../src/store/directory.ts';
import { holdWriteLock } from '../support/database.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/directory.ts';

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

test('pages go on with `after`, newest first unless asked otherwise', () => {
  addFive();
  expect(walk({ limit: 2 }, 'after')).toEqual([['user_5', 'user_4'], ['user_3', 'user_2'], ['user_1']]);
  expect(walk({ limit: 2, order: 'asc' }, 'after')).toEqual([['user_1', 'user_2'], ['user_3', 'user_4'], ['user_5']]);
});

test('pages go back with `before`, each in the order of the list', () => {
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

test('a page that holds everything has no cursor', () => {
  addFive();
  expect(directory.list({ limit: 5 })).toMatchObject({ before: null, after: null });
  expect(directory.list({ limit: 5, email: 'nobody@example.com' })).toEqual({ users: [], before: null, after: null });
});

test('users are listed by address, whatever its case, with pages of their own', () => {
  for (const id of IDS) directory.add(newUser(id, id === 'user_3' ? 'bob@example.com' : 'Ada@example.com', AT));
  expect(walk({ limit: 3, email: 'ADA@EXAMPLE.COM' }, 'after')).toEqual([['user_5', 'user_4', 'user_2'], ['user_1']]);
  expect(directory.findByEmail('ada@example.com')?.id).toBe('user_1');
});

test('a cursor that names nobody is refused', () => {
  addFive();
  for (const cursor of [{ after: 'user_9' }, { before: 'user_9' }])
    expect(() => directory.list({ limit: 1, ...cursor })).toThrow(expect.objectContaining({ code: 'invalid_request' }));
});

test('an id that is taken is refused, and the user stays as they are', () => {
  addFive();
  expect(() => directory.add(newUser('user_1', 'other@example.com', AT))).toThrow(
    expect.objectContaining({ code: 'conflict' }),
  );
  expect(directory.find('user_1')?.email).toBe('user_1@example.com');
});

test('users who are changed or removed are so for every process', () => {
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

test('a lock that another process keeps is an outage and not a bug, and reads go on', () => {
  addFive();
  using _ = holdWriteLock(path);
  expect(() => directory.add(newUser('user_6', 'six@example.com', AT))).toThrow(
    expect.objectContaining({ code: 'database_unavailable', reason: 'database_busy' }),
  );
  expect(directory.find('user_1')?.id).toBe('user_1');
});

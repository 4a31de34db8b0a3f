import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LISTS } from '../../../../src/store/lists.ts';
import { NAMES, nameSql } from '../../../../src/store/names.ts';
import { openReadStore } from '../../../../src/store/open.ts';
import type { ListName, NameKind } from '../../../../src/store/read-store.ts';
import { attemptsPath } from '../../../../src/store/sqlite/attempt-log.ts';
import { SQLITE } from '../../../../src/store/sqlite/dialect.ts';
import { listSql } from '../../../../src/store/sqlite/inspection/page.ts';
import { POSITIONS } from '../../../../src/store/sqlite/inspection/positions.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../../support/directory.ts';
import { populate } from './population.ts';

const MEMBERS = 20_000;

let directory: TemporaryDirectory;
const path = (file: 'database' | 'attempts' | 'users') => {
  const database = join(directory.path, 'agent-paste.db');
  return { database, attempts: attemptsPath(database), users: join(directory.path, 'workos-users.db') }[file];
};

beforeAll(async () => {
  directory = temporaryDirectory();
  await populate(directory.path, MEMBERS);
});

afterAll(() => directory[Symbol.dispose]());

function planOf(file: 'database' | 'attempts' | 'users', sql: string): readonly string[] {
  const db = new DatabaseSync(path(file), { readOnly: true });
  try {
    return db
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => String(detail));
  } finally {
    db.close();
  }
}

describe(`queries over ${MEMBERS} members`, () => {
  const filters = (Object.keys(LISTS) as ListName[]).flatMap((list) =>
    [undefined, ...Object.keys(LISTS[list].filters)].flatMap((filter) => [
      { list, filter, values: 1 },
      { list, filter, values: 3 },
    ]),
  );

  test.each(filters)('searches an index for a page of $list by $filter ($values)', ({ list, filter, values }) => {
    const { part } = LISTS[list];
    const { column, rowid } = POSITIONS[list];
    const where = filter === undefined ? {} : { [filter]: Array.from({ length: values }, () => 'x') };
    const pages = listSql(list, where, { column, operator: '<', direction: 'DESC' });
    const followed = listSql(list, where, { column: rowid, operator: '>', direction: 'ASC' });
    for (const { sql } of [pages, followed]) {
      const plan = planOf(part, sql);
      expect(plan.join('\n')).toContain('SEARCH');
      expect(plan.join('\n')).not.toContain('SCAN');
      // Sorting is for the few rows of one owner.
      if (filter === undefined) expect(plan.join('\n')).not.toContain('TEMP B-TREE');
    }
  });

  test.each(Object.keys(NAMES) as NameKind[])('searches an index for a name of the kind %s', (kind) => {
    for (const sql of Object.values(nameSql(kind, SQLITE)))
      expect(planOf(NAMES[kind].part, sql).join('\n')).not.toMatch(/SCAN|ORDER BY/);
  });
});

test('walks through all members in order without missing one', async () => {
  await using store = await openReadStore({ database: path('database'), users: path('users') }, () => undefined);
  const seen: string[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page = await store.list('members', { limit: 1000, cursor });
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  expect(seen).toHaveLength(MEMBERS);
  expect(seen).toEqual([...seen].sort().reverse());
});

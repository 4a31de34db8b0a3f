import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attemptsPath } from '../../src/store/attempts.ts';
import { LISTS, type ListName } from '../../src/store/inspection/lists.ts';
import { NAMES, type NameKind, nameSql } from '../../src/store/inspection/names.ts';
import { listSql } from '../../src/store/inspection/page.ts';
import { openInspection } from '../../src/store/inspection.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/directory.ts';
import { populate } from './population.ts';

const MEMBERS = 20_000;

let directory: TemporaryDirectory;
const path = (file: 'database' | 'attempts' | 'users') => {
  const database = join(directory.path, 'agent-paste.db');
  return { database, attempts: attemptsPath(database), users: join(directory.path, 'workos-users.db') }[file];
};

beforeAll(() => {
  directory = temporaryDirectory();
  populate(directory.path, MEMBERS);
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

describe(`of ${MEMBERS} members no query looks at all rows`, () => {
  const filters = (Object.keys(LISTS) as ListName[]).flatMap((list) =>
    [undefined, ...Object.keys(LISTS[list].filters)].flatMap((filter) => [
      { list, filter, values: 1 },
      { list, filter, values: 3 },
    ]),
  );

  test.each(filters)('a page of $list by $filter ($values) is a search', ({ list, filter, values }) => {
    const { order, rowid, file } = LISTS[list];
    const where = filter === undefined ? {} : { [filter]: Array.from({ length: values }, () => 'x') };
    const pages = listSql(list, where, { column: order.column, operator: '<', direction: 'DESC' });
    const followed = listSql(list, where, { column: rowid, operator: '>', direction: 'ASC' });
    for (const { sql } of [pages, followed]) {
      const plan = planOf(file, sql);
      expect(plan.join('\n')).toContain('SEARCH');
      expect(plan.join('\n')).not.toContain('SCAN');
      // Sorting is for the few rows of one owner.
      if (filter === undefined) expect(plan.join('\n')).not.toContain('TEMP B-TREE');
    }
  });

  test.each(Object.keys(NAMES) as NameKind[])('names of the kind %s are searched for', (kind) => {
    for (const sql of nameSql(kind)) expect(planOf(NAMES[kind].file, sql).join('\n')).not.toMatch(/SCAN|ORDER BY/);
  });
});

test('every page of a walk through all members is in order, and none is missed', () => {
  const inspection = openInspection({ database: path('database'), users: path('users'), onWarning: () => undefined });
  const seen: string[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page = inspection.list('members', { limit: 1000, cursor });
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  inspection.close();
  expect(seen).toHaveLength(MEMBERS);
  expect(seen).toEqual([...seen].sort().reverse());
});

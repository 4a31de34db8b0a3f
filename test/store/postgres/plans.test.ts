/** The plans of the reads of `inspect`: a large database is searched through its indexes. */
import { afterAll, beforeAll, expect, test as plainTest } from 'vitest';
import { LISTS } from '../../../src/store/lists.ts';
import { dialectOf } from '../../../src/store/postgres/dialect.ts';
import { readPage } from '../../../src/store/postgres/inspection/page.ts';
import type { TableList } from '../../../src/store/postgres/inspection/positions.ts';
import { command } from '../../support/command.ts';
import { HAS_POSTGRES, type TestSchema, testSchema } from '../../support/postgres.ts';
import { manyMembers } from '../../tools/bench/postgres/many-members.ts';

const MEMBERS = 20_000;
/** In the unit of the planner, a page of 8 kB: reading all members costs more than twice as much. */
const FEW_PAGES = 300;

const test = HAS_POSTGRES ? plainTest : plainTest.skip;
let schema: TestSchema;
beforeAll(async () => {
  if (!HAS_POSTGRES) return;
  schema = testSchema();
  expect((await command(['migrate', '--db', schema.url])).code).toBe(0);
  for (const statement of manyMembers(MEMBERS).filter((text) => text !== 'ANALYZE')) await schema.query(statement);
  await schema.query(`INSERT INTO callback_attempts
      (at, request_id, status, outcome, reason, subject, session_id, token_id, claimed_subject, email, idempotency_key, milliseconds, server)
    SELECT now(), 'req_' || n, 200, 'seen', NULL, 'user_' || n, 'session_' || n, 'jti_' || n, NULL, n || '@example.com', 'workos-jti:' || n, 1, 'host:1'
    FROM generate_series(1, ${MEMBERS}) n`);
  const tables = await schema.query(
    'SELECT relname FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind = $2',
    [schema.schema, 'r'],
  );
  for (const { relname } of tables) await schema.query(`ANALYZE ${relname}`);
});
afterAll(() => schema?.[Symbol.asyncDispose]());

/** Read in order until there are enough: an index would cost each callback more than these questions are worth. */
const WALKED = [
  'workspaces by name', // the only one over every member: seconds for a million
  ...['status', 'milliseconds', 'session_id', 'any_session_id', 'any_token_id'].map(
    (filter) => `callbacks by ${filter}`,
  ), // a capped log
];

const pages = Object.entries(LISTS)
  .filter(([, { part }]) => part !== 'users')
  .flatMap(([list, { filters }]) =>
    [undefined, ...Object.keys(filters)].flatMap((filter) => [1, 3].map((values) => ({ list, filter, values }))),
  )
  .filter(({ list, filter }) => !WALKED.includes(`${list} by ${filter}`));

test.each(pages)('a page of $list by $filter ($values) is found through an index', async ({ list, filter, values }) => {
  const costs: number[] = [];
  const explained = async (sql: unknown, given: readonly unknown[] = []) => {
    const [row] = await schema.query(`EXPLAIN (FORMAT JSON) ${String(sql)}`, given);
    costs.push(Number(JSON.parse(JSON.stringify(row))['QUERY PLAN'][0].Plan['Total Cost']));
    return [];
  };
  const where = filter === undefined ? {} : { [filter]: Array.from({ length: values }, (_, n) => `x${n}`) };
  await readPage(explained, dialectOf(schema.schema), list as TableList, { limit: 20, where });
  expect(costs).toEqual([expect.any(Number)]);
  expect(costs[0]).toBeLessThan(FEW_PAGES);
});

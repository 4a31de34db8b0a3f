/** A database with many members, beside one with few. */
import { temporaryDirectory } from '../../../support/directory.ts';
import { testSchema } from '../../../support/postgres.ts';
import { type Contender, KINDS, startContender } from '../contender.ts';
import { type Row, row } from '../row.ts';
import { inTurns, type ThroughputOptions } from '../throughput.ts';

/** The same callbacks on a database with many members. */
export async function memberRows(
  options: ThroughputOptions,
  { postgres, database, members }: { postgres: Contender; database: string; members: number },
): Promise<Row[]> {
  using directory = temporaryDirectory();
  await using schema = testSchema(database);
  await using many = await startContender(options.binary, directory.path, ['--db', schema.url]);
  options.note(`making ${members} members`);
  for (const statement of manyMembers(members)) await schema.query(statement);
  const measured = await inTurns('many members', { postgres, many }, options);
  return KINDS.map((kind) => ({
    ...row(
      `${kind}, PostgreSQL, ${members} members`,
      measured.many[kind].perSecond,
      measured.postgres[kind].perSecond,
      '/s',
      { least: 0.8 },
    ),
    baseline: 'few members',
  }));
}

/** Ids are as random as those of the program, so that rows land all over the indexes. */
export function manyMembers(members: number): readonly string[] {
  const id = (what: string, length: number) => `upper(left(md5('${what}' || n) || md5(n || '${what}'), ${length}))`;
  const uuid = "md5('w' || n)::uuid::text";
  const from = `FROM generate_series(1, ${members}) n`;
  const event = (which: string) =>
    `SELECT 'evt_' || ${id(which, 26)}, ${uuid}, 'member', 'mem_' || ${id('m', 26)}, '${which}', 'workspace', ${uuid}, '{}'::json, 'req_' || n, now() ${from}`;
  return [
    `INSERT INTO workspaces SELECT ${uuid}, 'user ' || n, n || '@example.com', now() ${from}`,
    `INSERT INTO workspace_members SELECT 'mem_' || ${id('m', 26)}, ${uuid}, 'user_' || ${id('s', 26)}, n || '@example.com', '["read"]', now(), now() ${from}`,
    `INSERT INTO api_keys SELECT 'key_' || ${id('k', 26)}, ${uuid}, 'Default', ${id('p', 16)}, repeat('x', 43), 1, '["read"]', true, NULL, now(), NULL ${from}`,
    `INSERT INTO operation_events ${event('e')} UNION ALL ${event('f')}`,
    `INSERT INTO callback_records SELECT 'workos-jti:' || ${id('j', 26)}, 'user_' || ${id('s', 26)}, 'https://api.workos.com',
       'mem_' || ${id('m', 26)}, 'seen', 200, NULL, decode(repeat('00', 700), 'hex'), decode(repeat('00', 32), 'hex'), 1, 1, now(), now() + interval '1 day' ${from}`,
    'ANALYZE',
  ];
}

/** Writing what a seed file describes: one transaction, all or nothing. */
import { Failure } from '../../errors/failure.ts';
import type { SeedWorkspace, Store } from '../store.ts';
import { isConstraint, sqlState } from './errors.ts';
import { patiently } from './patience.ts';
import { type Pool, type Query, rollBack } from './pool.ts';
import type { Rows } from './rows.ts';
import type { TableStatements } from './table.ts';

export function seedingOver(pool: Pool, rows: Rows): Store['seed'] {
  return async (workspaces, beforeCommit) => {
    let contradicted = false;
    return patiently(async () => {
      try {
        return await pool.withConnection((query) => seed(query, rows, workspaces, beforeCommit));
      } catch (error) {
        if (!isConstraint(error)) throw asSeedError(error);
        // Another server may seed the same at the same time: then all of it is there at the second look.
        if (contradicted) throw taken(error);
        contradicted = true;
        return undefined;
      }
    });
  };
}

async function seed(
  query: Query,
  rows: Rows,
  workspaces: readonly SeedWorkspace[],
  beforeCommit: (() => void) | undefined,
): Promise<number> {
  await query('BEGIN');
  try {
    await query("SELECT set_config('lock_timeout', '2500ms', true)");
    const fresh: SeedWorkspace[] = [];
    for (const each of workspaces) if (!(await isKnown(query, rows, each))) fresh.push(each);
    for (const each of fresh) await add(query, rows, each);
    beforeCommit?.();
    await query('COMMIT');
    return fresh.length;
  } catch (error) {
    await rollBack(query, error);
    throw error;
  }
}

async function isKnown(query: Query, { members }: Rows, { member }: SeedWorkspace): Promise<boolean> {
  const found = await query(`SELECT 1 FROM ${members.from} WHERE m.workos_user_id = $1`, [member.workos_user_id]);
  return found.length > 0;
}

async function add(
  query: Query,
  rows: Rows,
  { workspace, member, key, events, artifacts }: SeedWorkspace,
): Promise<void> {
  const insert = <Row>({ name, inserted, placeholders, values }: TableStatements<Row>, row: Row) =>
    query(`INSERT INTO ${name} ${inserted} VALUES (${placeholders()})`, values(row));
  await insert(rows.workspaces, workspace);
  await insert(rows.members, member);
  if (key) await insert(rows.keys, key);
  for (const event of events) await insert(rows.events, event);
  for (const artifact of artifacts) await insert(rows.artifacts, artifact);
}

function taken(error: unknown): Failure {
  return new Failure(
    'conflict',
    'an id or an API key belongs to another workspace of the database',
    'Choose other ids, or another database with --db.',
    error,
  );
}

/** A text or a number that PostgreSQL cannot hold, such as one with NUL (class 22). */
function asSeedError(error: unknown): unknown {
  if (sqlState(error)?.startsWith('22') !== true) return error;
  return new Failure(
    'invalid_seed',
    `the database cannot hold a value of the seed: ${(error as Error).message}`,
    undefined,
    error,
  );
}

/** Whether a schema has the tables of the API, before anything is read from them. */
import { Failure } from '../../../errors/failure.ts';
import type { Place } from '../migrate.ts';
import type { Query } from '../pool.ts';
import { COLUMNS, type ReferenceTable } from './tables.ts';

export interface FoundTables {
  /** Whether this user may look into stored answers. */
  readonly readsAnswers: boolean;
  /** Tables of which row-level security may hide rows from this user. */
  readonly guarded: ReadonlySet<ReferenceTable>;
}

/** @throws Failure not_found if a table is missing, state_mismatch if it has other columns */
export async function findTables(query: Query, { name, schema }: Place): Promise<FoundTables> {
  const rows = await query(
    `SELECT c.relname AS table, a.attname AS column, row_security_active(c.oid) AS guarded,
       has_column_privilege(c.oid, a.attnum, 'SELECT') AS readable
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE n.nspname = $1 AND c.relname = ANY($2) AND c.relkind IN ('r', 'p', 'v')`,
    [schema, Object.keys(COLUMNS)],
  );
  const has = (table: string, column?: string) =>
    rows.some((row) => row.table === table && (column === undefined || row.column === column));
  const tables = Object.keys(COLUMNS).filter((table) => !has(table));
  if (tables.length > 0)
    throw new Failure(
      'not_found',
      `the schema ${schema} of ${name} has no table ${tables.join(', ')}: it is not a database of the API`,
      "Name the API's database with --db and its schema with ?schema=…; without --schema reference, a database of agent-paste is read.",
    );
  const columns = Object.entries(COLUMNS).flatMap(([table, names]) =>
    names.filter((column) => !has(table, column)).map((column) => `${table}.${column}`),
  );
  if (columns.length > 0)
    throw new Failure(
      'state_mismatch',
      `the schema ${schema} of ${name} has no column ${columns.join(', ')}: the API has other tables than this program knows`,
      'Use an agent-paste that knows this version of the API.',
    );
  return {
    readsAnswers: rows.some(({ column, readable }) => column === 'result_json' && readable === true),
    guarded: new Set(rows.filter(({ guarded }) => guarded).map(({ table }) => table as ReferenceTable)),
  };
}

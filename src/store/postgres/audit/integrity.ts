/** Whether the tables are whole: constraints and indexes are in force, every row can be read, every reference points at one. */
import type { RowsOf } from '../pool.ts';

/** Indexes and constraints that PostgreSQL does not rely on, and rows that it cannot read. */
export async function* damage(rowsOf: RowsOf, schema: string): AsyncIterable<string> {
  for await (const { name } of rowsOf(
    `SELECT c.relname AS name FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = '${schema}' AND NOT (i.indisvalid AND i.indisready)`,
  ))
    yield `the index ${name} is not valid`;
  for await (const { name } of rowsOf(
    `SELECT c.conname AS name FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace
     WHERE n.nspname = '${schema}' AND NOT c.convalidated`,
  ))
    yield `the constraint ${name} is not validated`;
  for (const table of await tablesOf(rowsOf, schema)) {
    // Every column, those that are stored apart from their row included.
    for await (const { unread } of rowsOf(`SELECT count(*) - count(t::text) AS unread FROM "${schema}"."${table}" t`))
      if (Number(unread) > 0) yield `${unread} rows of ${table} cannot be read`;
  }
}

/** References that point at no row: a constraint was off when they were written. */
export async function* brokenReferences(rowsOf: RowsOf, schema: string): AsyncIterable<string> {
  const references = rowsOf(
    `SELECT child.relname AS child, a.attname AS child_column, parent.relname AS parent, p.attname AS parent_column
     FROM pg_catalog.pg_constraint f
     JOIN pg_catalog.pg_class child ON child.oid = f.conrelid JOIN pg_catalog.pg_class parent ON parent.oid = f.confrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = child.relnamespace
     JOIN pg_catalog.pg_attribute a ON a.attrelid = child.oid AND a.attnum = f.conkey[1]
     JOIN pg_catalog.pg_attribute p ON p.attrelid = parent.oid AND p.attnum = f.confkey[1]
     WHERE f.contype = 'f' AND n.nspname = '${schema}' ORDER BY 1, 2`,
  );
  const found: Readonly<Record<string, unknown>>[] = [];
  for await (const reference of references) found.push(reference);
  for (const { child, child_column, parent, parent_column } of found)
    for await (const { place } of rowsOf(
      `SELECT t.ctid::text AS place FROM "${schema}"."${child}" t WHERE t."${child_column}" IS NOT NULL AND NOT EXISTS
         (SELECT 1 FROM "${schema}"."${parent}" p WHERE p."${parent_column}" = t."${child_column}")`,
    ))
      yield `row ${place} of ${child} points at a row of ${parent} that does not exist`;
}

async function tablesOf(rowsOf: RowsOf, schema: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of rowsOf(
    `SELECT c.relname AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = '${schema}' AND c.relkind = 'r' ORDER BY 1`,
  ))
    names.push(String(name));
  return names;
}

/** Select, insert and read of a table, all from its one list of columns. */
import type { SQLInputValue } from 'node:sqlite';
import type { Form, Table } from '../tables.ts';
import { SQLITE } from './dialect.ts';
import type { Row as StoredRow } from './file/statements.ts';

export interface TableStatements<Row> {
  /** The table with the alias of its statements: `workspace_members m`. */
  readonly from: string;
  /** `m.id, m.email, …` */
  readonly columns: string;
  /** A statement that takes `values`. */
  readonly insert: string;
  values(row: Row): SQLInputValue[];
  /** @param stored a row that was selected with exactly `columns` */
  read(stored: StoredRow): Row;
}

export function statementsOf<Row>({ name, alias, columns, fixed }: Table<Row>): TableStatements<Row> {
  const names = Object.keys(columns) as (keyof Row & string)[];
  const forms = names.map((column): Form => columns[column]);
  const unlike = names.flatMap((column) => {
    const form: Form = columns[column];
    return form === 'flag' || form === 'json' ? [{ column, form }] : [];
  });
  const inserted = [...names, ...Object.keys(fixed)];
  const values = [...names.map(() => '?'), ...Object.values(fixed)];
  return {
    from: `${name} ${alias}`,
    columns: names.map((column) => `${alias}.${column}`).join(', '),
    insert: `INSERT INTO ${name} (${inserted.join(', ')}) VALUES (${values.join(', ')})`,
    values: (row) => names.map((column, index) => stored(row[column], forms[index])),
    read(storedRow) {
      const row: Record<string, unknown> = { ...storedRow };
      for (const { column, form } of unlike) row[column] = SQLITE.read(row[column], form);
      return row as Row;
    },
  };
}

/** Lists and objects are JSON text, booleans are 0 or 1; other values have a type of SQLite. */
function stored(value: unknown, form: Form | undefined): SQLInputValue {
  if (form === 'flag') return Number(value);
  if (form === 'json') return JSON.stringify(value);
  return value as SQLInputValue;
}

/** What is selected, inserted and read of a table, from its one list of columns. */
import { isoTime } from '../../machine/values/time.ts';
import type { Dialect } from '../dialect.ts';
import type { Form, Table } from '../tables.ts';
import type { Row as StoredRow } from './pool.ts';

export interface TableStatements<Row> {
  /** With the schema, and without an alias. */
  readonly name: string;
  /** With the alias that its statements use. */
  readonly from: string;
  /** `m.id AS id, …`, each under its own name. @param prefix before those names */
  columns(prefix?: string): string;
  /** `(id, email, …)` */
  readonly inserted: string;
  /** `$1::text, …`, for `values`. @param first the number of the first parameter */
  placeholders(first?: number): string;
  values(row: Row): readonly unknown[];
  /** How many parameters a row takes. */
  readonly width: number;
  /** @param stored a row that was selected with `columns` */
  read(stored: StoredRow, prefix?: string): Row;
}

/** Of the plain columns, those that are no text in any table. */
const NUMBERS: Readonly<Record<string, string>> = {
  seal_version: 'integer',
  pepper_kid: 'integer',
  file_count: 'bigint',
  size_bytes: 'bigint',
  milliseconds: 'double precision',
};

const TYPES: Readonly<Record<Form, string>> = {
  plain: 'text',
  instant: 'timestamptz',
  expiry: 'timestamptz',
  bytes: 'bytea',
  json: 'json',
  flag: 'boolean',
};

export function statementsOf<Row>({ name, alias, columns, fixed }: Table<Row>, dialect: Dialect): TableStatements<Row> {
  const names = Object.keys(columns) as (keyof Row & string)[];
  const forms = names.map((column): Form => columns[column]);
  const typeOf = (column: string, form: Form) => {
    // The status of an answer is a number, that of an artifact a word.
    if (column === 'status' && name !== 'artifacts') return 'integer';
    return (form === 'plain' && NUMBERS[column]) || TYPES[form];
  };
  const types = names.map((column, index) => typeOf(column, forms[index] as Form));
  const table = dialect.table(name);
  return {
    name: table,
    from: `${table} ${alias}`,
    columns: (prefix = '') =>
      names
        .map((column, index) => {
          const form = forms[index];
          const selected = form === 'instant' ? dialect.select(`${alias}.${column}`, form) : `${alias}.${column}`;
          return `${selected} AS ${prefix}${column}`;
        })
        .join(', '),
    inserted: `(${[...names, ...Object.keys(fixed)].join(', ')})`,
    placeholders: (first = 1) =>
      [
        ...types.map((type, index) => `$${first + index}::${type}`),
        ...Object.values(fixed).map((value) => (value === 1 ? 'true' : 'false')),
      ].join(', '),
    width: names.length,
    values: (row) => names.map((column, index) => stored(row[column], forms[index])),
    read(storedRow, prefix = '') {
      const row: Record<string, unknown> = {};
      names.forEach((column, index) => {
        const value = storedRow[prefix + column];
        row[column] = forms[index] === 'json' ? JSON.parse(String(value)) : value;
      });
      return row as Row;
    },
  };
}

function stored(value: unknown, form: Form | undefined): unknown {
  if (form === 'json') return JSON.stringify(value);
  if (form === 'expiry') return isoTime(value as number);
  return value;
}

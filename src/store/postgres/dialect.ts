/** The SQL of PostgreSQL, where it differs. */
import type { Dialect } from '../dialect.ts';
import { STEPS } from './schema.ts';
import { instant } from './values.ts';

/** @param schema in which every table is: no statement depends on `search_path` */
export function dialectOf(schema: string, version: number = STEPS.length): Dialect {
  return {
    version,
    table: (name) => `"${schema}".${name}`,
    parameter: (n) => `$${n}`,
    select(column, form) {
      if (form === 'instant' || form === 'until') return instant(column);
      if (form === 'hex') return `encode(${column}, 'hex')`;
      return column;
    },
    read: (value, form) => (form === 'json' ? JSON.parse(String(value)) : value),
    // Under "C" ASCII letters alone are folded, and order is that of bytes, as in SQLite.
    folded: (text) => `lower(${text} COLLATE "C")`,
    indexed: () => '',
    rowOf: (alias) => `${alias}.ctid`,
    isTrue: (column) => column,
  };
}

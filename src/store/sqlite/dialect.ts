/** The parts of SQL that are special in SQLite. */
import { isoTime } from '../../machine/values/time.ts';
import type { Dialect } from '../dialect.ts';

export const SQLITE: Dialect = {
  version: Number.POSITIVE_INFINITY,
  table: (name) => name,
  parameter: (n) => `?${n}`,
  select: (column, form) => (form === 'hex' ? `lower(hex(${column}))` : column),
  read(value, form) {
    if (value === null) return null;
    if (form === 'json') return JSON.parse(String(value));
    if (form === 'flag') return value === 1;
    return form === 'until' ? isoTime(Number(value)) : value;
  },
  folded: (text) => `${text} COLLATE NOCASE`,
  indexed: (index) => ` INDEXED BY ${index}`,
  rowOf: (alias) => `${alias}.rowid`,
  isTrue: (column) => `${column} = 1`,
};

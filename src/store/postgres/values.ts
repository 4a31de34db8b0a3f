/** Values as they come from PostgreSQL, whatever a role or a database has set for dates and bytes. */
import pg from 'pg';

/** Object ids of types (pg_type.dat). */
const [BOOL, BYTEA, INT8, INT2, INT4, FLOAT8] = [16, 17, 20, 21, 23, 701];

const NUMBERS: readonly (number | undefined)[] = [INT8, INT2, INT4, FLOAT8];

/** Everything else is a text, instants and JSON among it. */
export function parserOf(type: number): (text: string) => unknown {
  if (type === BOOL) return (text) => text === 't';
  if (type === BYTEA) return pg.types.getTypeParser(BYTEA);
  return NUMBERS.includes(type) ? Number : (text) => text;
}

/** An instant as everywhere in this program: ISO 8601 with milliseconds, in UTC. */
export function instant(expression: string): string {
  return `to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/** What PostgreSQL can hold as a text: no NUL, and no half of a surrogate pair. */
export function storable<T extends string | null>(text: T): T {
  return (text === null ? text : text.replaceAll('\0', '\u2400').toWellFormed()) as T;
}

/** The statements of each table. `schema.ts` makes the tables, and has the promises. */
import * as tables from '../tables.ts';
import { dialectOf } from './dialect.ts';
import { statementsOf } from './table.ts';

export function rowsIn(schema: string) {
  const dialect = dialectOf(schema);
  return {
    dialect,
    workspaces: statementsOf(tables.WORKSPACES, dialect),
    members: statementsOf(tables.MEMBERS, dialect),
    keys: statementsOf(tables.API_KEYS, dialect),
    events: statementsOf(tables.EVENTS, dialect),
    artifacts: statementsOf(tables.ARTIFACTS, dialect),
    records: statementsOf(tables.CALLBACK_RECORDS, dialect),
    attempts: statementsOf(tables.ATTEMPTS, dialect),
  };
}

export type Rows = ReturnType<typeof rowsIn>;

/** A family of schemas with a history, until the real ones have one. */
import type { SchemaFamily } from '../../../src/store/sqlite/file/migrate.ts';

export const LEDGER: SchemaFamily = {
  name: 'ledger',
  applicationId: 0x4c444752,
  steps: [
    'CREATE TABLE entries (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL) STRICT',
    "ALTER TABLE entries ADD COLUMN currency TEXT; UPDATE entries SET currency = 'EUR'",
    'CREATE TABLE totals AS SELECT currency, sum(amount) AS total FROM entries GROUP BY currency',
  ],
};

export const FIRST_LEDGER: SchemaFamily = { ...LEDGER, steps: LEDGER.steps.slice(0, 1) };

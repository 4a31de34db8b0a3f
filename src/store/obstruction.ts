/** A fault on demand: the database of a server that is being checked refuses one row, in the middle of a transaction. */
import { DatabaseSync } from 'node:sqlite';

export interface Obstruction {
  remove(): void;
}

/** Milliseconds of waiting for a server that is writing. */
const LOCK_TIMEOUT_MS = 5000;

/** Makes every first sign-in of this address fail when its key is written, after workspace and member. */
export function obstructKeysOf(email: string, databasePath: string): Obstruction {
  const inDatabase = (statement: string): void => {
    const db = new DatabaseSync(databasePath, { timeout: LOCK_TIMEOUT_MS });
    try {
      db.exec(statement);
    } finally {
      db.close();
    }
  };
  const literal = `'${email.replaceAll("'", "''")}'`; // a trigger takes no parameters
  inDatabase(
    `CREATE TRIGGER obstruct_keys BEFORE INSERT ON api_keys
     WHEN (SELECT contact_email FROM workspaces WHERE id = NEW.workspace_id) = ${literal}
     BEGIN SELECT RAISE(ABORT, 'obstructed'); END`,
  );
  return { remove: () => inDatabase('DROP TRIGGER obstruct_keys') };
}

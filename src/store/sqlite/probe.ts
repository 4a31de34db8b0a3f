/** A fault on demand, and the bytes of all files. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { FailingKey, Probe } from '../probe.ts';
import { attemptsPath } from './attempt-log.ts';
import { filesOf } from './file/files.ts';

/** Milliseconds to wait while a server writes. */
const LOCK_TIMEOUT_MS = 5000;

/** @param path of a database that a server has open */
export function probeOf(path: string): Probe {
  return {
    remove: async () => undefined,
    failKeysOf: async (email) => failKeysOf(email, path),
    async *contents() {
      for (const file of [path, attemptsPath(path)].flatMap(filesOf))
        yield { name: basename(file), bytes: readFileSync(file) };
    },
  };
}

/** Makes the database refuse one row in the middle of a transaction. */
function failKeysOf(email: string, path: string): FailingKey {
  const literal = `'${email.replaceAll("'", "''")}'`; // a trigger cannot have parameters
  execute(
    path,
    `CREATE TRIGGER fail_keys BEFORE INSERT ON api_keys
     WHEN (SELECT contact_email FROM workspaces WHERE id = NEW.workspace_id) = ${literal}
     BEGIN SELECT RAISE(ABORT, 'the key cannot be written'); END`,
  );
  return { remove: async () => execute(path, 'DROP TRIGGER fail_keys') };
}

function execute(path: string, statement: string): void {
  const db = new DatabaseSync(path, { timeout: LOCK_TIMEOUT_MS });
  try {
    db.exec(statement);
  } finally {
    db.close();
  }
}

/**
 * SQLite alone, with the pragmas of the server: so many rows of the size of a sign-in, committed one by one, and in groups of
 * as many as there are connections. Prints rows per second.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const [rows, group] = process.argv.slice(2).map(Number);
const directory = mkdtempSync(join(tmpdir(), 'agent-paste-bench-'));
const db = new DatabaseSync(join(directory, 'raw.db'));
db.exec(
  'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY',
);
db.exec('CREATE TABLE sign_ins (id TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT');
const insert = db.prepare('INSERT INTO sign_ins (id, body) VALUES (?, ?)');
const body = Buffer.alloc(2000, 'x');
let written = 0;

function perSecond(size) {
  const started = performance.now();
  for (let done = 0; done < rows; done += size) {
    db.exec('BEGIN IMMEDIATE');
    for (let n = 0; n < size; n++) insert.run(`row ${written++}`, body);
    db.exec('COMMIT');
  }
  return rows / ((performance.now() - started) / 1000);
}

try {
  perSecond(group); // warms up
  process.stdout.write(`${JSON.stringify({ alone: perSecond(1), grouped: perSecond(group) })}\n`);
} finally {
  db.close();
  rmSync(directory, { recursive: true, force: true });
}

/** Records in a database the peppers that it is made with. */
import type { DatabaseSync } from 'node:sqlite';
import { PEPPER_NOTE, type PepperNotes, pepperNotes, unnotedPeppers } from '../pepper-notes.ts';
import type { Peppers } from '../peppers.ts';
import { transaction } from './file/statements.ts';

/** Records the peppers in the database. @throws Failure state_mismatch if it was made with other peppers */
export function refuseOtherPepper(db: DatabaseSync, path: string, peppers: Peppers): void {
  const unnoted = () => unnotedPeppers(path, notedPeppers(db), peppers);
  // Usually there is nothing to write, so a server can start even while another process holds the lock.
  if (unnoted().length === 0) return;
  transaction(db, () => {
    const insert = db.prepare('INSERT INTO meta (name, value) VALUES (?, ?)');
    for (const { name, value } of unnoted()) insert.run(name, value);
  });
}

export function notedPeppers(db: DatabaseSync): PepperNotes {
  const notes = db.prepare('SELECT name, value FROM meta WHERE name GLOB ?').all(`${PEPPER_NOTE}*`);
  return pepperNotes(notes.map(({ name, value }) => ({ name: String(name), value: String(value) })));
}

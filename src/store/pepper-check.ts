/** A database and its pepper belong together: with another one no key would verify and no answer open. */
import type { DatabaseSync } from 'node:sqlite';
import { Failure } from '../errors.ts';
import { type Peppers, pepperCheck, pepperOf, sameCheck } from './peppers.ts';
import { transaction } from './statements.ts';

/** Notes in the database what it is made with. @throws Failure state_mismatch when that was another pepper */
export function refuseOtherPepper(db: DatabaseSync, path: string, peppers: Peppers): void {
  // Mostly there is nothing to write, and a server starts although another process holds the lock.
  if (unnoted(db, path, peppers).length === 0) return;
  transaction(db, () => {
    const insert = db.prepare('INSERT INTO meta (name, value) VALUES (?, ?)');
    for (const { kid, check } of unnoted(db, path, peppers)) insert.run(`pepper_check_${kid}`, check);
  });
}

/** @returns the peppers of which the database does not know yet */
function unnoted(db: DatabaseSync, path: string, peppers: Peppers): readonly { kid: number; check: string }[] {
  const noted = new Map<number, string>();
  for (const row of db.prepare("SELECT name, value FROM meta WHERE name GLOB 'pepper_check_*'").all())
    noted.set(Number(String(row.name).slice('pepper_check_'.length)), String(row.value));
  for (const [kid, check] of noted) {
    const pepper = peppers.get(kid);
    if (pepper === undefined) throw mismatch(path, `number ${kid} is missing`);
    if (!sameCheck(check, pepperCheck(pepper))) throw mismatch(path, `number ${kid} differs`);
  }
  return peppers
    .kids()
    .filter((kid) => !noted.has(kid))
    .map((kid) => ({ kid, check: pepperCheck(pepperOf(peppers, kid)) }));
}

function mismatch(path: string, why: string): Failure {
  return new Failure(
    'state_mismatch',
    `${path} was made with another pepper: ${why}`,
    'Use the state directory that made it, or restore its pepper file.',
  );
}

/** Does a database keep the promises? Any file of ours: beside a running server, a copy, or a backup. */
import type { DatabaseSync } from 'node:sqlite';
import { Failure } from '../errors.ts';
import { QUERIED_PROMISES, type QueriedPromise } from './audit/promises.ts';
import { checkSealedAnswers, wrongPepper } from './audit/sealed-answers.ts';
import { openForReading, type Reading } from './inspection/reading.ts';
import type { Peppers } from './peppers.ts';
import { MAIN_SCHEMA } from './schema.ts';

export interface AuditResult {
  /** Stable: scripts match on it. */
  readonly id: string;
  readonly promise: string;
  readonly result: 'kept' | 'broken' | 'skipped';
  /** What breaks it, a sentence with ids each; the first hundred. */
  readonly broken_by: readonly string[];
  /** All of them. */
  readonly broken_count: number;
  /** Why it was skipped. */
  readonly note: string | null;
}

export interface AuditOptions {
  readonly path: string;
  /** What opens the sealed answers, or why there is nothing that could. */
  readonly peppers: Peppers | string;
  readonly onWarning: (message: string) => void;
}

/** Rows that one read transaction looks at: a writer's log cannot be cleared while one is open. */
const BATCH = 5000;
const MOST_NAMED = 100;

/** Judges one promise after the other. @throws Failure when the file cannot be read at all (see `openDatabase`) */
export function* audit({ path, peppers, onWarning }: AuditOptions): Iterable<AuditResult> {
  const reading = openForReading(path, MAIN_SCHEMA, { acceptDamage: true });
  try {
    for (const warning of reading.warnings) onWarning(warning);
    yield judged('integrity', 'the file is whole, and its indexes agree', () => integrity(reading));
    yield judged('foreign-keys', 'every reference points at a row', () =>
      reading.together(() => foreignKeys(reading.db)),
    );
    for (const promise of QUERIED_PROMISES) yield judged(promise.id, promise.promise, () => rowsThat(reading, promise));
    yield sealedAnswers(reading, peppers);
  } finally {
    reading.close();
  }
}

function judged(id: string, promise: string, find: () => Iterable<string>): AuditResult {
  const named: string[] = [];
  let count = 0;
  try {
    for (const broken of find()) if (++count <= MOST_NAMED) named.push(broken);
  } catch (error) {
    // Too damaged to be judged, and so no promise that anybody could rely on.
    if (!(error instanceof Failure) || error.code !== 'state_corrupt') throw error;
    named.push(error.message);
    count++;
  }
  return { id, promise, result: count === 0 ? 'kept' : 'broken', broken_by: named, broken_count: count, note: null };
}

function skipped(id: string, promise: string, note: string): AuditResult {
  return { id, promise, result: 'skipped', broken_by: [], broken_count: 0, note };
}

function sealedAnswers(reading: Reading, peppers: Peppers | string): AuditResult {
  const [id, promise] = ['sealed-answers-open', 'stored answers open, to what was stored'];
  if (typeof peppers === 'string') return skipped(id, promise, peppers);
  let why: string | undefined;
  const result = judged(id, promise, function* () {
    why = reading.together(() => wrongPepper(reading.db, peppers));
    for (let next = why === undefined ? Number.MIN_SAFE_INTEGER : undefined; next !== undefined; ) {
      const after = next;
      const batch = reading.together(() => checkSealedAnswers(reading.db, peppers, after, BATCH / 10));
      yield* batch.broken;
      next = batch.next;
    }
  });
  return why === undefined ? result : skipped(id, promise, why);
}

function* rowsThat({ db, together }: Reading, { queries }: QueriedPromise): Iterable<string> {
  for (const { table, sql } of queries) {
    for (let after: number | undefined = Number.MIN_SAFE_INTEGER; after !== undefined; ) {
      const from: number = after;
      const { rows, upto } = together(() => {
        const upto = endOfBatch(db, table, from);
        return { upto, rows: upto === undefined ? [] : db.prepare(sql).all({ after: from, upto }) };
      });
      for (const { broken } of rows) yield String(broken);
      after = upto;
    }
  }
}

function endOfBatch(db: DatabaseSync, table: string, after: number): number | undefined {
  const sql = `SELECT max(rowid) AS upto FROM (SELECT rowid FROM ${table} WHERE rowid > ? ORDER BY rowid LIMIT ${BATCH})`;
  const upto = db.prepare(sql).get(after)?.upto;
  return upto === null || upto === undefined ? undefined : Number(upto);
}

function integrity({ db, together }: Reading): readonly string[] {
  const found = together(() => db.prepare(`PRAGMA integrity_check(${MOST_NAMED})`).all());
  return found.map(({ integrity_check }) => String(integrity_check)).filter((finding) => finding !== 'ok');
}

function foreignKeys(db: DatabaseSync): string[] {
  return db
    .prepare('PRAGMA foreign_key_check')
    .all()
    .map(({ table, rowid, parent }) => `row ${rowid} of ${table} points at a row of ${parent} that does not exist`);
}

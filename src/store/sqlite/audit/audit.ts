/** Audits a database file: that of a running server, a copy, or a backup. */
import type { DatabaseSync } from 'node:sqlite';
import { type AuditResult, judgedPromise, MOST_NAMED, skippedPromise } from '../../audit.ts';
import { wrongPepper } from '../../pepper-notes.ts';
import type { Peppers } from '../../peppers.ts';
import { type QueriedPromise, queriedPromises } from '../../promises.ts';
import { SQLITE } from '../dialect.ts';
import { openForReading, type Reading } from '../file/reading.ts';
import { notedPeppers } from '../pepper-check.ts';
import { MAIN_SCHEMA } from '../schema.ts';
import { checkSealedAnswers } from './sealed-answers.ts';

interface AuditOptions {
  readonly path: string;
  /** The peppers that open the sealed answers, or the reason why they are missing. */
  readonly peppers: Peppers | string;
  readonly onWarning: (message: string) => void;
}

/** Rows in one read transaction: SQLite cannot shrink the write-ahead log while a read transaction is open. */
const BATCH = 5000;
const BATCH_RANGE = 't.rowid > :after AND t.rowid <= :upto';

/** Checks one promise after the other. @throws Failure if the file cannot be read at all (see `openDatabase`) */
export async function* audit({ path, peppers, onWarning }: AuditOptions): AsyncIterable<AuditResult> {
  const reading = openForReading(path, MAIN_SCHEMA, { acceptDamage: true });
  try {
    for (const warning of reading.warnings) onWarning(warning);
    yield judgedPromise('integrity', integrity(reading));
    yield judgedPromise('foreign-keys', foreignKeys(reading));
    for (const promise of queriedPromises(SQLITE, BATCH_RANGE))
      yield judgedPromise(promise.id, rowsThat(reading, promise));
    yield sealedAnswers(reading, peppers);
  } finally {
    reading.close();
  }
}

async function sealedAnswers(reading: Reading, peppers: Peppers | string): Promise<AuditResult> {
  const id = 'sealed-answers-open';
  if (typeof peppers === 'string') return skippedPromise(id, peppers);
  let why: string | undefined;
  const result = await judgedPromise(
    id,
    (function* () {
      why = reading.together(() => wrongPepper(notedPeppers(reading.db), peppers));
      for (let next = why === undefined ? Number.MIN_SAFE_INTEGER : undefined; next !== undefined; ) {
        const after = next;
        const batch = reading.together(() => checkSealedAnswers(reading.db, peppers, after, BATCH / 10));
        yield* batch.broken;
        next = batch.next;
      }
    })(),
  );
  return why === undefined ? result : skippedPromise(id, why);
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

function* integrity({ db, together }: Reading): Iterable<string> {
  const found = together(() => db.prepare(`PRAGMA integrity_check(${MOST_NAMED})`).all());
  for (const { integrity_check } of found) if (integrity_check !== 'ok') yield String(integrity_check);
}

function* foreignKeys({ db, together }: Reading): Iterable<string> {
  const found = together(() => db.prepare('PRAGMA foreign_key_check').all());
  for (const { table, rowid, parent } of found)
    yield `row ${rowid} of ${table} points to a row of ${parent} that does not exist`;
}

/** Does a database keep the promises? One state of it, beside running servers, on the primary or a standby. */
import { type AuditResult, judgedPromise, type PromiseId, skippedPromise } from '../../audit.ts';
import { pepperNotes, wrongPepper } from '../../pepper-notes.ts';
import type { Peppers } from '../../peppers.ts';
import { queriedPromises } from '../../promises.ts';
import { brokenAnswer, type SealedRow } from '../../sealed-answer.ts';
import { dialectOf } from '../dialect.ts';
import { asFailure, sqlState } from '../errors.ts';
import { type Place, readMeta } from '../migrate.ts';
import { type Pool, type Query, type Row, type RowsOf, rollBack } from '../pool.ts';
import { instant } from '../values.ts';
import { brokenReferences, damage } from './integrity.ts';

interface AuditOptions {
  readonly pool: Pool;
  readonly place: Place;
  /** What opens the sealed answers, or why there is nothing that could. */
  readonly peppers: Peppers | string;
}

/** Milliseconds: an audit reads every row, and no callback waits for it. */
const PATIENCE_MS = 600_000;
const BATCH = 1000;

/** Judges one promise after the other. @throws Failure when the database cannot be read */
export function audit({ pool, place, peppers }: AuditOptions): AsyncIterable<AuditResult> {
  return overOneState({ pool, place }, async function* (query, rowsOf) {
    yield judged('integrity', damage(rowsOf, place.schema), query);
    yield judged('foreign-keys', brokenReferences(rowsOf, place.schema), query);
    for (const { id, queries } of queriedPromises(dialectOf(place.schema), 'TRUE'))
      yield judged(id, brokenIn(rowsOf, queries), query);
    yield sealedAnswers(query, rowsOf, place, peppers);
  });
}

/** Reads that may take long, all of one state of the database. */
export async function* overOneState(
  { pool, place }: Omit<AuditOptions, 'peppers'>,
  work: (query: Query, rowsOf: RowsOf) => AsyncIterable<AuditResult>,
): AsyncIterable<AuditResult> {
  let failed: unknown;
  const { query, release } = await pool.reserve().catch((error) => {
    throw asFailure(error, place.name);
  });
  try {
    await query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    yield* work(query, (sql) => fetched(query, sql));
  } catch (error) {
    failed = error;
    throw asFailure(error, place.name);
  } finally {
    await rollBack(query, failed);
    release(failed);
  }
}

/** A part without read permission is skipped, with the message of the database. */
export async function judged(id: PromiseId, broken: AsyncIterable<string>, query: Query): Promise<AuditResult> {
  await query('SAVEPOINT promise');
  try {
    return await judgedPromise(id, broken);
  } catch (error) {
    if (sqlState(error) !== '42501') throw error;
    await query('ROLLBACK TO SAVEPOINT promise');
    return skippedPromise(id, (error as Error).message);
  }
}

async function sealedAnswers(
  query: Query,
  rowsOf: RowsOf,
  { schema }: Place,
  peppers: Peppers | string,
): Promise<AuditResult> {
  const id = 'sealed-answers-open';
  if (typeof peppers === 'string') return skippedPromise(id, peppers);
  const why = wrongPepper(pepperNotes(await readMeta(query, schema)), peppers);
  if (why !== undefined) return skippedPromise(id, why);
  const answers = rowsOf(
    `SELECT idempotency_key, subject, issuer, key_public_id, body_sealed, body_sha256, seal_version, pepper_kid,
       ${instant('created_at')} AS created_at FROM "${schema}".callback_records`,
  );
  async function* broken(known: Peppers): AsyncIterable<string> {
    for await (const row of answers) {
      const what = brokenAnswer(row as unknown as SealedRow, known);
      if (what !== undefined) yield what;
    }
  }
  return judged(id, broken(peppers), query);
}

export async function* brokenIn(rowsOf: RowsOf, queries: readonly { readonly sql: string }[]): AsyncIterable<string> {
  for (const { sql } of queries) for await (const { broken } of rowsOf(sql)) yield String(broken);
}

async function* fetched(query: Query, sql: string): AsyncIterable<Row> {
  await query(`DECLARE audited NO SCROLL CURSOR FOR ${sql}`, [], PATIENCE_MS);
  for (let count = BATCH; count === BATCH; ) {
    const rows = await query(`FETCH ${BATCH} FROM audited`, [], PATIENCE_MS);
    count = rows.length;
    yield* rows;
  }
  await query('CLOSE audited');
}

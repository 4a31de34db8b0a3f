/**
 * What happened to each callback, in a table beside the records, written in batches over a connection of its own: no
 * callback waits for it, and a killed process may lose the last tenth of a second of it.
 */
import { hostname } from 'node:os';
import type { Attempt, AttemptLog } from '../attempt-log.ts';
import { isOutage } from './errors.ts';
import { openPool } from './pool.ts';
import { rowsIn } from './rows.ts';
import type { PostgresPlace } from './store.ts';
import { storable } from './values.ts';

export interface AttemptLogOptions {
  /** Told once, when the log cannot be written: callbacks go on without it. */
  readonly onWarning: (message: string) => void;
  /** Rows kept; the oldest go first. */
  readonly capacity?: number;
}

const FLUSH_AFTER_MS = 100;
/** Rows written at once. */
const BATCH = 100;
/** Above this many waiting rows the older half is dropped: a log must not eat the memory of the server it watches. */
const MAX_WAITING = 50_000;
const CAPACITY = 100_000;
/** The table is cut after so many batches. */
const CUT_EVERY = 20;

/** Opens no connection yet: a server is ready without its log. */
export function openPostgresAttemptLog(
  { url }: Pick<PostgresPlace, 'url'>,
  { onWarning, capacity = CAPACITY }: AttemptLogOptions,
): AttemptLog {
  const pool = openPool(url, { size: 1 });
  const { attempts } = rowsIn(url.schema);
  const server = `${hostname()}:${process.pid}`;
  let waiting: Attempt[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<boolean> | undefined;
  let warned = false;
  let batches = 0;

  const write = async (batch: readonly Attempt[]): Promise<void> => {
    const rows = batch.map((_, index) => `(${attempts.placeholders(2 + index * attempts.width)}, $1::text)`);
    // A commit that is lost with the power costs a line of the log, and no callback waits for the disk because of it.
    await pool.query(
      `WITH guard AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
       INSERT INTO ${attempts.name} ${attempts.inserted.replace(')', ', server)')}
       SELECT v.* FROM guard, (VALUES ${rows.join(', ')}) v`,
      [server, ...batch.flatMap((attempt) => attempts.values(storableAttempt(attempt)))],
    );
    if (batches++ % CUT_EVERY === 0)
      await pool.query(`DELETE FROM ${attempts.name} WHERE id <= (SELECT max(id) FROM ${attempts.name}) - $1::bigint`, [
        capacity,
      ]);
  };

  /** @returns false when the rows have to wait */
  const writeBatch = async (): Promise<boolean> => {
    const batch = waiting.slice(0, BATCH);
    if (batch.length === 0) return true; // a flush was faster
    try {
      await write(batch);
    } catch (error) {
      warn(error);
      // A database that cannot be reached is tried again. Rows that it refuses are dropped: it would always refuse them.
      if (isOutage(error)) return false;
    }
    waiting = waiting.filter((attempt) => !batch.includes(attempt));
    return true;
  };

  const warn = (error: unknown): void => {
    if (!warned)
      onWarning(
        `the log of callback attempts cannot be written: ${error instanceof Error ? error.message : String(error)}`,
      );
    warned = true;
  };

  /** One batch at a time, in order. */
  const nextBatch = (): Promise<boolean> => {
    writing ??= writeBatch().finally(() => {
      writing = undefined;
    });
    return writing;
  };

  const later = (ms: number): void => {
    timer ??= setTimeout(async () => {
      const written = await nextBatch();
      timer = undefined;
      if (waiting.length > 0) later(written ? 0 : FLUSH_AFTER_MS);
    }, ms).unref();
  };

  const flush = async (): Promise<void> => {
    await writing;
    while (waiting.length > 0 && (await nextBatch()));
  };

  let closing: Promise<void> | undefined;
  return {
    record(attempt) {
      waiting.push(attempt);
      if (waiting.length > MAX_WAITING) {
        onWarning(`the log of callback attempts is behind: ${waiting.length - MAX_WAITING / 2} rows were dropped`);
        waiting = waiting.slice(-MAX_WAITING / 2);
      }
      if (closing === undefined) later(FLUSH_AFTER_MS);
    },
    flush,
    close() {
      closing ??= (async () => {
        clearTimeout(timer);
        await flush();
        await pool.close();
      })();
      return closing;
    },
  };
}

/** Expected and received of a refusal are free texts, and so are claims. */
function storableAttempt(attempt: Attempt): Attempt {
  const values = Object.entries(attempt).map(([name, value]) => [
    name,
    typeof value === 'string' ? storable(value) : value,
  ]);
  return Object.fromEntries(values) as unknown as Attempt;
}

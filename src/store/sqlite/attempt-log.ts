/**
 * The outcome of each callback: a log of limited size for support. It has a file of its own and is written in batches, so
 * that no callback waits for it. If the process is killed, the last tenth of a second may be lost.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Attempt, AttemptLog, Detailing } from '../attempt-log.ts';
import { prepareDetails } from './callback-details.ts';
import { CONNECTION, type Connected } from './connected.ts';
import { isBusy, isOutage } from './file/errors.ts';
import { openPrepared } from './file/open.ts';
import { transaction } from './file/statements.ts';
import { insertInto } from './inserts.ts';
import { ATTEMPTS } from './rows.ts';
import { ATTEMPTS_SCHEMA } from './schema.ts';

export interface AttemptLogOptions {
  /** A file, or `:memory:`. */
  readonly path: string;
  /** Called once if the log cannot be written; callbacks go on without it. */
  readonly onWarning: (message: string) => void;
  /** Largest number of rows; the oldest are dropped first. */
  readonly capacity?: number;
  /** Largest number of details. */
  readonly detailCapacity?: number;
}

const FLUSH_AFTER_MS = 100;
/** Rows in one write: it takes a millisecond, so requests are answered in between. */
const BATCH = 100;
/** Above this many waiting rows the older half is dropped, so that the log does not use up the server's memory. */
const MAX_WAITING = 50_000;
const CAPACITY = 100_000;
/** A stopping server waits so many milliseconds for the lock, to write its last rows. */
const CLOSE_TIMEOUT_MS = 250;

/** The attempts file that belongs to a database file. */
export function attemptsPath(databasePath: string): string {
  return databasePath === ':memory:' ? databasePath : `${databasePath.replace(/\.(db|sqlite3?)$/, '')}.attempts.db`;
}

/** A row, and whether its detail is there or will not come. */
interface Waiting {
  readonly attempt: Attempt;
  detail?: string | undefined;
  isReady: boolean;
}

/** @throws Failure see `openDatabase` */
export function openAttemptLog(options: AttemptLogOptions): AttemptLog & Connected {
  // No request waits for this log, so SQLite does not wait for its lock either: the rows are written a little later.
  return openPrepared(options.path, ATTEMPTS_SCHEMA, { synchronous: 'NORMAL', busyTimeoutMs: 0 }, (db) =>
    logOver(db, options),
  );
}

function logOver(
  db: DatabaseSync,
  { onWarning, capacity = CAPACITY, detailCapacity }: AttemptLogOptions,
): AttemptLog & Connected {
  const insert = insertInto(db, ATTEMPTS);
  const cap = db.prepare('DELETE FROM callback_attempts WHERE id <= (SELECT max(id) FROM callback_attempts) - ?');
  let addDetail: ReturnType<typeof prepareDetails> | undefined;
  const detailing = new Set<Promise<void>>();
  let waiting: Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;
  let warned = false;

  const write = (batch: readonly Waiting[]): void =>
    transaction(db, () => {
      for (const { attempt, detail } of batch) {
        const id = insert(attempt);
        if (detail === undefined) continue;
        addDetail ??= prepareDetails(db, detailCapacity);
        addDetail(id, detail);
      }
      cap.run(capacity);
    });

  /** @returns false if the rows must wait */
  const writeBatch = (): boolean => {
    const unready = waiting.findIndex(({ isReady }) => !isReady);
    const batch = waiting.slice(0, unready < 0 ? BATCH : Math.min(unready, BATCH));
    if (batch.length === 0) return false;
    try {
      write(batch);
    } catch (error) {
      if (!isBusy(error)) warn(error);
      // A locked or full log is tried again. Rows that the log refuses are dropped: it would always refuse them.
      if (isOutage(error)) return false;
    }
    waiting = waiting.slice(batch.length);
    return true;
  };

  const warn = (error: unknown): void => {
    if (!warned)
      onWarning(
        `the log of callback attempts cannot be written: ${error instanceof Error ? error.message : String(error)}`,
      );
    warned = true;
  };

  const later = (ms: number): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      const written = writeBatch();
      if (waiting.length > 0) later(written ? 0 : FLUSH_AFTER_MS);
    }, ms);
    timer.unref?.(); // a timer of a browser, as a test may have put in place, has none
  };

  const withDetail = (attempt: Attempt, detail: Detailing): Waiting => {
    const row: Waiting = { attempt, isReady: false };
    const done = detail().then((text) => {
      row.detail = text;
      row.isReady = true;
      detailing.delete(done);
    });
    detailing.add(done);
    return row;
  };

  const flush = (): void => {
    while (waiting.length > 0 && writeBatch());
  };

  return {
    [CONNECTION]: db,
    record(attempt, detail) {
      waiting.push(detail === undefined ? { attempt, isReady: true } : withDetail(attempt, detail));
      if (waiting.length > MAX_WAITING) {
        onWarning(`the log of callback attempts is behind: ${waiting.length - MAX_WAITING / 2} rows were dropped`);
        waiting = waiting.slice(-MAX_WAITING / 2);
      }
      later(FLUSH_AFTER_MS);
    },
    async flush() {
      await Promise.all(detailing);
      flush();
    },
    async close() {
      if (!db.isOpen) return;
      clearTimeout(timer);
      if (detailing.size > 0) await Promise.all(detailing);
      if (!db.isOpen) return; // closed meanwhile
      db.exec(`PRAGMA busy_timeout = ${CLOSE_TIMEOUT_MS}`);
      flush();
      db.close();
    },
  };
}

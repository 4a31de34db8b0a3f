/**
 * What happened to each callback: a capped log that support people read later. It is kept in a file of its own and
 * written in batches, so that no callback waits for it; a killed process may lose the last tenth of a second of it.
 */
import type { DatabaseSync } from 'node:sqlite';
import { openPrepared } from './database.ts';
import { isBusy, isOutage } from './faults.ts';
import { openForReading } from './inspection/reading.ts';
import { ATTEMPTS_SCHEMA } from './schema.ts';
import { transaction } from './statements.ts';

export interface Attempt {
  /** ISO 8601. */
  readonly at: string;
  readonly request_id: string;
  readonly status: number;
  readonly outcome: string;
  readonly reason: string | null;
  /** From a verified token only, as are the next three. */
  readonly issuer: string | null;
  readonly subject: string | null;
  readonly session_id: string | null;
  readonly idempotency_key: string | null;
  readonly expected: string | null;
  readonly received: string | null;
  readonly milliseconds: number;
}

export interface AttemptLog {
  /** Takes note; written within a tenth of a second. */
  record(attempt: Attempt): void;
  /** Writes what is waiting. */
  flush(): void;
  close(): void;
}

export interface AttemptLogOptions {
  /** A file, or `:memory:`. */
  readonly path: string;
  /** Told once, when the log cannot be written: callbacks go on without it. */
  readonly onWarning: (message: string) => void;
  /** Rows kept; the oldest go first. */
  readonly capacity?: number;
}

export const ATTEMPT_COLUMNS =
  'at, request_id, status, outcome, reason, issuer, subject, session_id, idempotency_key, expected, received, milliseconds';

const FLUSH_AFTER_MS = 100;
/** Rows written at once: a millisecond, so that requests go on in between. */
const BATCH = 100;
/** Above this many waiting rows the older half is dropped: a log must not eat the memory of the server it watches. */
const MAX_WAITING = 50_000;
const CAPACITY = 100_000;
/** Milliseconds for which a stopping server waits for the lock, to write its last rows. */
const CLOSE_TIMEOUT_MS = 250;

/** The attempts file that belongs to a database file. */
export function attemptsPath(databasePath: string): string {
  return databasePath === ':memory:' ? databasePath : `${databasePath.replace(/\.(db|sqlite3?)$/, '')}.attempts.db`;
}

/** What is known of the callbacks with that request id, oldest first; reads only. @throws Failure see `openDatabase` */
export function attemptsOfRequest(path: string, requestId: string): readonly Attempt[] {
  const reading = openForReading(path, ATTEMPTS_SCHEMA);
  try {
    const rows = reading.db
      .prepare(`SELECT ${ATTEMPT_COLUMNS} FROM callback_attempts WHERE request_id = ? ORDER BY id LIMIT 100`)
      .all(requestId) as unknown as Attempt[];
    return rows.map((row) => ({ ...row }));
  } finally {
    reading.close();
  }
}

/** @throws Failure see `openDatabase` */
export function openAttemptLog(options: AttemptLogOptions): AttemptLog {
  // Nobody waits for this log, so SQLite does not wait for its lock either: the rows are written a little later.
  return openPrepared(options.path, ATTEMPTS_SCHEMA, { synchronous: 'NORMAL', busyTimeoutMs: 0 }, (db) =>
    logOver(db, options),
  );
}

function logOver(db: DatabaseSync, { onWarning, capacity = CAPACITY }: AttemptLogOptions): AttemptLog {
  const insert = db.prepare(
    `INSERT INTO callback_attempts (${ATTEMPT_COLUMNS})
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const cap = db.prepare('DELETE FROM callback_attempts WHERE id <= (SELECT max(id) FROM callback_attempts) - ?');
  let waiting: Attempt[] = [];
  let timer: NodeJS.Timeout | undefined;
  let warned = false;

  const write = (batch: readonly Attempt[]): void =>
    transaction(db, () => {
      for (const a of batch) {
        insert.run(
          a.at,
          a.request_id,
          a.status,
          a.outcome,
          a.reason,
          a.issuer,
          a.subject,
          a.session_id,
          a.idempotency_key,
          a.expected,
          a.received,
          a.milliseconds,
        );
      }
      cap.run(capacity);
    });

  /** @returns false when the rows have to wait */
  const writeBatch = (): boolean => {
    try {
      write(waiting.slice(0, BATCH));
    } catch (error) {
      if (!isBusy(error)) warn(error);
      // A locked or full log is tried again. Rows that it refuses would be refused for ever, and are dropped.
      if (isOutage(error)) return false;
    }
    waiting = waiting.slice(BATCH);
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
    }, ms).unref();
  };

  const flush = (): void => {
    while (waiting.length > 0 && writeBatch());
  };

  return {
    record(attempt) {
      waiting.push(attempt);
      if (waiting.length > MAX_WAITING) waiting = waiting.slice(-MAX_WAITING / 2);
      later(FLUSH_AFTER_MS);
    },
    flush,
    close() {
      if (!db.isOpen) return;
      clearTimeout(timer);
      db.exec(`PRAGMA busy_timeout = ${CLOSE_TIMEOUT_MS}`);
      flush();
      db.close();
    },
  };
}

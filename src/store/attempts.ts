/**
 * What happened to each callback: a capped log that support people read later. It is kept in a file of its own and
 * written in batches, so that no callback waits for it; a killed process may lose the last tenth of a second of it.
 */
import { openDatabase, transaction } from './database.ts';
import { ATTEMPTS_SCHEMA } from './schema.ts';

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
/** Above this many waiting rows the oldest are dropped: a log must not eat the memory of the server it watches. */
const MAX_WAITING = 50_000;
const CAPACITY = 100_000;

/** The attempts file that belongs to a database file. */
export function attemptsPath(databasePath: string): string {
  return databasePath === ':memory:' ? databasePath : `${databasePath.replace(/\.(db|sqlite3?)$/, '')}.attempts.db`;
}

/** What is known of the callbacks with that request id, oldest first; reads only. @throws Failure see `openDatabase` */
export function attemptsOfRequest(path: string, requestId: string): readonly Attempt[] {
  const db = openDatabase(path, ATTEMPTS_SCHEMA, { synchronous: 'NORMAL', readOnly: true });
  try {
    const rows = db
      .prepare(`SELECT ${ATTEMPT_COLUMNS} FROM callback_attempts WHERE request_id = ? ORDER BY id LIMIT 100`)
      .all(requestId) as unknown as Attempt[];
    return rows.map((row) => ({ ...row }));
  } finally {
    db.close();
  }
}

/** @throws Failure see `openDatabase` */
export function openAttemptLog({ path, onWarning, capacity = CAPACITY }: AttemptLogOptions): AttemptLog {
  const db = openDatabase(path, ATTEMPTS_SCHEMA, { synchronous: 'NORMAL' });
  const insert = db.prepare(
    `INSERT INTO callback_attempts (${ATTEMPT_COLUMNS})
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const cap = db.prepare('DELETE FROM callback_attempts WHERE id <= (SELECT max(id) FROM callback_attempts) - ?');
  let waiting: Attempt[] = [];
  let timer: NodeJS.Timeout | undefined;
  let warned = false;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.length === 0) return;
    try {
      transaction(db, () => {
        for (const a of waiting) {
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
      waiting = [];
    } catch (error) {
      // Kept for the next flush, which the next attempt asks for.
      waiting = waiting.slice(-MAX_WAITING);
      if (!warned)
        onWarning(
          `the log of callback attempts cannot be written: ${error instanceof Error ? error.message : String(error)}`,
        );
      warned = true;
    }
  };

  return {
    record(attempt) {
      waiting.push(attempt);
      timer ??= setTimeout(flush, FLUSH_AFTER_MS).unref();
    },
    flush,
    close() {
      if (!db.isOpen) return;
      flush();
      db.close();
    },
  };
}

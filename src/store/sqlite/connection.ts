/**
 * The connection of a server: reads run at once and writes one after the other. While another process holds the lock, the
 * connection waits without blocking the event loop.
 *
 * Writers of this process queue here, not in SQLite. If each of 64 callbacks asked SQLite for the lock, each would block
 * the event loop for SQLite's own timeout, one after the other.
 */
import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Trace } from '../../callback/trace.ts';
import { type ApiError, refusal } from '../../errors/api-error.ts';
import { asOutage, isBusy, isOutage } from './file/errors.ts';
import { transaction } from './file/statements.ts';
import { type EnterPart, writeSpans } from './write-spans.ts';

/** A reader or writer waits so many milliseconds for another process, all attempts together. */
export const LOCK_BUDGET_MS = 5000;

export interface Connection {
  /** @throws ApiError database_busy after 5 s, database_replaced, database_io, database_corrupt, and the errors of `work` */
  read<T>(work: () => T): Promise<T>;
  /**
   * Runs `work` between BEGIN IMMEDIATE and COMMIT. `work` is synchronous: on one connection, an `await` would mix the
   * statements of two requests. Writers that wait at the same time share one commit.
   * @throws ApiError database_busy after 5 s, database_replaced, storage_full, database_io, database_corrupt, and the
   *   errors of `work`, after rolling back
   */
  write<T>(work: () => T, trace?: Trace): Promise<T>;
  /** Moves the write-ahead log into the database and empties it. @returns false if another process prevents it */
  checkpoint(): boolean;
  /** Refuses waiting writes and closes the database. */
  close(): void;
}

interface Waiting {
  /** It is refused after this time of `performance.now()`. */
  readonly deadline: number;
  /** Runs inside a transaction and keeps its result until the commit. */
  readonly run: () => void;
  /** Called after the commit. */
  readonly fulfil: () => void;
  readonly refuse: (error: unknown) => void;
  readonly enter?: EnterPart | undefined;
}

/** Largest number of writers in one commit, so that a group does not block the event loop for long. */
const GROUP_SIZE = 64;

/** @param refuseReplaced throws if the file was replaced after it was opened */
export function connect(db: DatabaseSync, refuseReplaced: () => void, budgetMs = LOCK_BUDGET_MS): Connection {
  const queue: Waiting[] = [];
  let writing = false;

  const drain = async (): Promise<void> => {
    writing = true;
    let alone = 0;
    for (let attempt = 0; queue.length > 0; ) {
      // Writers that arrive in this turn join the group. And replays, which need no lock, run between two groups.
      await nextTurn();
      const group = queue.slice(0, alone > 0 ? 1 : GROUP_SIZE);
      try {
        refuseReplaced();
        for (const { enter } of group) enter?.('lock');
        // One commit for the group, so that it waits for the disk once. No caller is answered before the commit.
        transaction(db, () => {
          for (const { enter } of group) enter?.('transaction');
          for (const { run } of group) run();
        });
        queue.splice(0, group.length);
        alone = Math.max(0, alone - 1);
        attempt = 0;
        for (const { fulfil } of group) fulfil();
      } catch (error) {
        if (isBusy(error)) {
          await sleep(pauseMs(attempt++));
          refuseOverdue(error);
        } else if (group.length > 1) {
          alone = group.length; // the whole group was rolled back: each writer is tried alone and gets its own error
        } else {
          queue.shift()?.refuse(asOutage(error));
          alone = Math.max(0, alone - 1);
        }
      }
    }
    writing = false;
  };

  const refuseOverdue = (cause: unknown): void => {
    while (queue[0] !== undefined && performance.now() > queue[0].deadline) queue.shift()?.refuse(stillLocked(cause));
  };

  const write = <T>(work: () => T, trace?: Trace): Promise<T> =>
    new Promise((resolve, reject) => {
      if (!db.isOpen) {
        reject(closing());
        return;
      }
      const enter = trace && writeSpans(trace);
      let result: T;
      queue.push({
        deadline: performance.now() + budgetMs,
        run: () => {
          result = work();
        },
        fulfil: () => {
          enter?.();
          resolve(result);
        },
        refuse: (error) => {
          enter?.();
          reject(error);
        },
        enter,
      });
      if (!writing) void drain();
    });

  return {
    write,

    async read(work) {
      let deadline: number | undefined; // read when it is needed: reading the clock loads a module
      for (let attempt = 0; ; attempt++) {
        if (!db.isOpen) throw closing();
        try {
          refuseReplaced();
          return work();
        } catch (error) {
          if (!isBusy(error)) throw asOutage(error);
          deadline ??= performance.now() + budgetMs;
          if (performance.now() > deadline) throw stillLocked(error);
          await sleep(pauseMs(attempt));
        }
      }
    },

    checkpoint: () => checkpoint(db),

    close() {
      if (!db.isOpen) return;
      for (const { refuse } of queue.splice(0)) refuse(closing());
      try {
        db.exec('PRAGMA optimize');
        checkpoint(db);
      } catch (error) {
        // Both only speed up the next start. If another process holds the lock, it does them later; an I/O error is ignored.
        if (!isOutage(error)) throw error;
      } finally {
        db.close();
      }
    },
  };
}

function checkpoint(db: DatabaseSync): boolean {
  const result = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
  return result?.busy === 0;
}

function stillLocked(cause: unknown): ApiError {
  return refusal('database_busy', {
    expected: `the lock within ${LOCK_BUDGET_MS / 1000} s`,
    received: 'none',
    cause,
  });
}

function closing(): ApiError {
  return refusal('database_busy', { expected: 'an open database', received: 'one that is being closed' });
}

/** Up to 13 milliseconds, different for each process and attempt, so that waiting writers do not retry at the same time. */
function pauseMs(attempt: number): number {
  const jitter = 0.5 + ((process.pid * 7919 + attempt * 104_729) % 1000) / 1000;
  return 1 + Math.min(attempt, 4) * 2 * jitter;
}

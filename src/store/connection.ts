/**
 * One connection as a server uses it: reads at once, writes one after the other, and the lock of another process
 * waited for without blocking the event loop.
 *
 * Writers of this process queue here rather than in SQLite. If each of 64 callbacks asked SQLite for the lock by
 * itself, each would block the event loop for SQLite's own timeout, one after the other.
 */
import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { type ApiError, refusal } from '../errors.ts';
import { asOutage, isBusy, isOutage } from './faults.ts';
import { transaction } from './statements.ts';

/** Milliseconds for which a reader or writer waits for another process, all attempts together. */
export const LOCK_BUDGET_MS = 5000;

export interface Connection {
  /** @throws ApiError database_busy after 5 s, database_replaced, database_io, database_corrupt, and what `work` throws */
  read<T>(work: () => T): Promise<T>;
  /**
   * Runs `work` between BEGIN IMMEDIATE and COMMIT, without a pause in between: on one connection, an `await` there
   * would mix the statements of two requests. Writers that wait at the same time share one commit.
   * @throws ApiError database_busy after 5 s, database_replaced, storage_full, database_io, database_corrupt, and what
   *   `work` throws, after rolling back
   */
  write<T>(work: () => T): Promise<T>;
  /** Empties the write-ahead log into the database. @returns false when another process is in the way */
  checkpoint(): boolean;
  /** Refuses the writes that wait, and closes the database. */
  close(): void;
}

interface Waiting {
  /** Milliseconds of `performance.now()` after which it is refused. */
  readonly deadline: number;
  /** Runs inside of a transaction, and keeps what it returns until that is committed. */
  readonly run: () => void;
  /** After the commit. */
  readonly fulfil: () => void;
  readonly refuse: (error: unknown) => void;
}

/** Writers that share one commit, at most: a group must not hold up the event loop. */
const GROUP_SIZE = 64;

/** @param refuseReplaced throws when the file is no longer the one that was opened */
export function connect(db: DatabaseSync, refuseReplaced: () => void): Connection {
  const queue: Waiting[] = [];
  let writing = false;

  const drain = async (): Promise<void> => {
    writing = true;
    let alone = 0;
    for (let attempt = 0; queue.length > 0; ) {
      // Whoever arrives in this turn comes along, and a long queue does not starve replays, which need no lock.
      await nextTurn();
      const group = queue.slice(0, alone > 0 ? 1 : GROUP_SIZE);
      try {
        refuseReplaced();
        // One commit, so that waiting for the disk is paid once. Nobody is answered before it.
        transaction(db, () => {
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
          alone = group.length; // all of it was rolled back: each tries by itself, and gets its own error
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

  const write = <T>(work: () => T): Promise<T> =>
    new Promise((resolve, reject) => {
      if (!db.isOpen) {
        reject(closing());
        return;
      }
      let result: T;
      queue.push({
        deadline: performance.now() + LOCK_BUDGET_MS,
        run: () => {
          result = work();
        },
        fulfil: () => resolve(result),
        refuse: reject,
      });
      if (!writing) void drain();
    });

  return {
    write,

    async read(work) {
      const deadline = performance.now() + LOCK_BUDGET_MS;
      for (let attempt = 0; ; attempt++) {
        if (!db.isOpen) throw closing();
        try {
          refuseReplaced();
          return work();
        } catch (error) {
          if (!isBusy(error)) throw asOutage(error);
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
        // Both are a courtesy to the next start: whoever holds the lock does it later, and a broken disk cannot be helped.
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

/** Up to 13 milliseconds, different for each process and attempt, so that waiting writers do not march in step. */
function pauseMs(attempt: number): number {
  const jitter = 0.5 + ((process.pid * 7919 + attempt * 104_729) % 1000) / 1000;
  return 1 + Math.min(attempt, 4) * 2 * jitter;
}

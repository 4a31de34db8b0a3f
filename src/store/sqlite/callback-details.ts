/** Details of callbacks for the inspector, in the log of attempts: the newest, each beside its attempt and gone with it. */
import type { DatabaseSync } from 'node:sqlite';
import { pragma } from './file/statements.ts';

/** The version of the log that has them. */
const VERSION = 3;
const CAPACITY = 5000;
/** After so many of this process, those of other processes are counted again. */
const COUNT_AGAIN = 1000;

/** @returns adds a detail to an attempt of the same transaction, and drops the oldest */
export function prepareDetails(db: DatabaseSync, capacity = CAPACITY): (attemptId: number, detail: string) => void {
  const insert = db.prepare('INSERT INTO callback_details (attempt_id, detail) VALUES (?, ?)');
  const drop = db.prepare('DELETE FROM callback_details WHERE attempt_id <= ?');
  const newest = db.prepare('SELECT attempt_id FROM callback_details ORDER BY attempt_id DESC LIMIT ?');
  let kept: number[] = [];
  let counted = COUNT_AGAIN;
  return (attemptId, detail) => {
    insert.run(attemptId, detail);
    kept.push(attemptId);
    if (++counted > COUNT_AGAIN) {
      kept = newest.all(capacity + 1).map((row) => Number(row.attempt_id));
      kept.reverse();
      counted = 0;
    }
    if (kept.length > capacity) drop.run(kept.shift() as number);
  };
}

/** The JSON of each detail by its attempt. */
export function readDetails(db: DatabaseSync, attemptIds: readonly number[]): ReadonlyMap<number, string> {
  if (pragma(db, 'user_version') < VERSION) return new Map();
  const rows = db
    .prepare(
      'SELECT attempt_id, detail FROM callback_details WHERE attempt_id IN (SELECT value FROM json_each(?)) ORDER BY 1',
    )
    .all(JSON.stringify(attemptIds));
  return new Map(rows.map(({ attempt_id, detail }) => [Number(attempt_id), String(detail)]));
}

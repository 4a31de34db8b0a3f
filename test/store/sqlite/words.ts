/** A connection over a small database of words, and what may happen to it. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'vitest';
import { ApiError } from '../../../src/errors/api-error.ts';
import { type Connection, connect } from '../../../src/store/sqlite/connection.ts';
import { temporaryDirectory } from '../../support/directory.ts';

export interface Words extends Connection, Disposable {
  readonly path: string;
  readonly db: DatabaseSync;
  /** What the watch over the file throws, if anything. */
  replaced: Error | undefined;
  insert(word: string): () => string;
  words(): unknown[];
}

export function openWords(): Words {
  const directory = temporaryDirectory();
  const path = join(directory.path, 'words.db');
  const db = new DatabaseSync(path, { timeout: 0 });
  db.exec('PRAGMA journal_mode = WAL; CREATE TABLE words (word TEXT PRIMARY KEY) STRICT');
  const opened: Words = {
    ...connect(db, () => {
      if (opened.replaced) throw opened.replaced;
    }),
    path,
    db,
    replaced: undefined,
    insert: (word) => () => {
      db.prepare('INSERT INTO words VALUES (?)').run(word);
      return word;
    },
    words: () =>
      db
        .prepare('SELECT word FROM words ORDER BY rowid')
        .all()
        .map(({ word }) => word),
    [Symbol.dispose]() {
      if (db.isOpen) db.close();
      directory[Symbol.dispose]();
    },
  };
  return opened;
}

/** Lets everything run that waits for nothing but its turn. */
export async function turns(count = 50): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
}

/** The refusal of a caller that did not get the database: 503, to be tried again. */
export async function busy(answer: Promise<unknown>): Promise<ApiError> {
  const error = await answer.then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ reason: 'database_busy', status: 503, detail: { retryAfter: 1 } });
  expect(error.detail.expected).toMatch(/\S/);
  expect(error.detail.received).toMatch(/\S/);
  return error;
}

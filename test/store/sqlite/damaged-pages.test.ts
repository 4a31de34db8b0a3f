import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type OpenOptions, openDatabase } from '../../../src/store/sqlite/file/open.ts';
import { MAIN_SCHEMA } from '../../../src/store/sqlite/schema.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/directory.ts';

let directory: TemporaryDirectory;
let path: string;
beforeEach(() => {
  directory = temporaryDirectory();
  path = join(directory.path, 'agent-paste.db');
});
afterEach(() => directory[Symbol.dispose]());

const open = (options: Partial<OpenOptions> = {}): void =>
  openDatabase(path, MAIN_SCHEMA, { synchronous: 'FULL', ...options }).close();

describe('a damaged page', () => {
  const PAGE = 4096;

  /** A file of so many pages, one of which points to a page that is not there. */
  function damaged(pages: number): void {
    open();
    const db = new DatabaseSync(path);
    db.exec('PRAGMA journal_mode = DELETE');
    const insert = (size: number) => db.prepare("INSERT INTO meta VALUES ('x', CAST(zeroblob(?) AS TEXT))").run(size);
    const pagesNow = () => Number(db.prepare('PRAGMA page_count').get()?.page_count);
    const before = pagesNow();
    insert((pages - before) * (PAGE - 4));
    for (let tries = 0; pagesNow() !== pages && tries < 10; tries++) {
      const missing = pages - pagesNow();
      const size = Number(db.prepare("SELECT length(CAST(value AS BLOB)) AS n FROM meta WHERE name = 'x'").get()?.n);
      db.exec('DELETE FROM meta; VACUUM');
      insert(size + missing * (PAGE - 4));
    }
    expect(pagesNow()).toBe(pages);
    db.exec('PRAGMA journal_mode = WAL');
    db.close();
    const fd = openSync(path, 'r+');
    writeSync(fd, Buffer.from([0x7f, 0xff, 0xff, 0xff]), 0, 4, (pages - 3) * PAGE); // "the next page is …"
    closeSync(fd);
  }

  test('is found at opening in a file of up to 16 MB, unless the caller looks for damage', () => {
    damaged(4096);
    expect(statSync(path).size).toBe(16 * 1024 * 1024);
    // Without SQLite's heading, which is for a whole report.
    const refusal = { code: 'state_corrupt', message: expect.stringMatching(/damaged: Tree \d/) };
    for (const readOnly of [true, false]) expect(() => open({ readOnly })).toThrow(expect.objectContaining(refusal));
    open({ acceptDamage: true, readOnly: true });
  });

  test('of a larger file is left to doctor, to keep starts fast', () => {
    damaged(4097);
    open({ readOnly: true });
  });
});

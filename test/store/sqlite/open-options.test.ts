/** How a database is opened, shown by what SQLite then does and refuses. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../../src/store/sqlite/file/open.ts';
import { ATTEMPTS_SCHEMA, DIRECTORY_SCHEMA, MAIN_SCHEMA } from '../../../src/store/sqlite/schema.ts';
import { serverProcess } from '../../support/binary.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/directory.ts';

let directory: TemporaryDirectory;
let db: DatabaseSync;
beforeAll(() => {
  directory = temporaryDirectory();
  db = openDatabase(join(directory.path, 'agent-paste.db'), MAIN_SCHEMA, { synchronous: 'FULL' });
});
afterAll(() => {
  db.close();
  directory[Symbol.dispose]();
});

const pragmaOf = (pragma: string, of: DatabaseSync = db) =>
  Object.values(of.prepare(`PRAGMA ${pragma}`).get() ?? {})[0];

describe('an open database', () => {
  test.each([
    ['journal_mode', 'wal'],
    ['synchronous', 2],
    ['foreign_keys', 1],
    ['trusted_schema', 0],
    ['cell_size_check', 1],
    ['secure_delete', 1],
    ['wal_autocheckpoint', 1000],
  ])('has the pragma %s at %s', (name, value) => {
    expect(pragmaOf(name)).toBe(value);
  });

  test('waits inside SQLite too briefly to block the event loop', () => {
    expect(pragmaOf('busy_timeout')).toBeLessThanOrEqual(250);
  });

  test.each([
    ['another file beside it', "ATTACH ':memory:' AS other", /too many attached databases/],
    ['a text in double quotes, which is a misspelt column', 'SELECT "no such column"', /no such column/],
    ['a statement of more than 100,000 characters', `SELECT 1 -- ${'x'.repeat(100_000)}`, /too big/],
    ['a value of more than a million bytes', 'SELECT zeroblob(1000001)', /too big/],
  ])('refuses %s', (_, sql, message) => {
    expect(() => db.prepare(sql).get()).toThrow(message);
  });

  test('does not load extensions', () => {
    expect(() => db.loadExtension('/nowhere.so')).toThrow(/extension loading is not allowed/);
  });

  test('does not allow writes to its schema table, even with writable_schema', () => {
    db.exec('PRAGMA writable_schema = ON');
    expect(() => db.exec("UPDATE sqlite_schema SET sql = 'x'")).toThrow(/may not be modified/);
    db.exec('PRAGMA writable_schema = OFF');
  });

  test.each([MAIN_SCHEMA, ATTEMPTS_SCHEMA, DIRECTORY_SCHEMA])('has strict tables only: $name', (family) => {
    const made = openDatabase(join(directory.path, `${family.applicationId}.db`), family, { synchronous: 'NORMAL' });
    const tables = made.prepare("SELECT name, strict FROM pragma_table_list WHERE type = 'table'").all();
    made.close();
    expect(tables.filter(({ name, strict }) => strict === 0 && !String(name).startsWith('sqlite_'))).toEqual([]);
    expect(tables.length).toBeGreaterThan(1);
  });

  test('for reading is protected from writes twice', () => {
    const reading = openDatabase(join(directory.path, 'agent-paste.db'), MAIN_SCHEMA, {
      synchronous: 'FULL',
      readOnly: true,
    });
    expect(pragmaOf('query_only', reading)).toBe(1);
    expect(() => reading.exec('DELETE FROM meta')).toThrow(/readonly database/);
    reading.exec('PRAGMA query_only = OFF');
    expect(() => reading.exec('DELETE FROM meta')).toThrow(/readonly database/);
    reading.close();
  });
});

describe('a SQLite that can damage a shared database', () => {
  test('ends `serve` with the reason, and the database stays unchanged', async () => {
    // The real SQLite of this Node, which says that it is an older one.
    const disguise = `import { DatabaseSync } from 'node:sqlite';
      const { prepare } = DatabaseSync.prototype;
      DatabaseSync.prototype.prepare = function (sql, ...rest) {
        return prepare.call(this, sql.replace('sqlite_version()', "'3.51.2'"), ...rest);
      };`;
    using state = temporaryDirectory();
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(disguise)}` };
    const outcome = await serverProcess(['--state-dir', state.path], { env }).then(
      (server) => server.kill().then(() => 'started'),
      (error: Error) => error.message,
    );
    expect(outcome).toMatch(/^serve ended with 2: .*"code":"unsupported_runtime".*3\.51\.2/);
    expect(statSync(join(state.path, 'agent-paste.db')).size).toBe(0);
  });
});

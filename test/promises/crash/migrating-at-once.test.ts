/** Several processes of a later version start at once on a database of the first. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openDatabase } from '../../../src/store/sqlite/file/open.ts';
import { query } from '../../support/database.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { FIRST_LEDGER, LEDGER } from './ledger.ts';
import { expectWholeDatabase } from './state.ts';

const PROGRAM = fileURLToPath(new URL('./migrate-ledger.ts', import.meta.url));

test('migrates a database once when 8 processes open it together', async () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'ledger.db');
  const db = openDatabase(path, FIRST_LEDGER, { synchronous: 'FULL' });
  db.exec('INSERT INTO entries VALUES (1, 20), (2, 22)');
  db.close();

  const ends = Array.from({ length: 8 }, async () => {
    const child = spawn(process.execPath, [PROGRAM, path], { stdio: ['ignore', 'ignore', 'inherit'] });
    return (await once(child, 'exit'))[0];
  });
  expect(await Promise.all(ends)).toEqual(ends.map(() => 0));
  expectWholeDatabase(path, LEDGER);
  expectWholeDatabase(`${path}.v1.backup`, FIRST_LEDGER);
  expect(query(path, 'SELECT * FROM totals')).toEqual([{ currency: 'EUR', total: 42 }]); // added up once
  expect(query(`${path}.v1.backup`, 'SELECT sum(amount) AS total FROM entries')).toEqual([{ total: 42 }]);
  expect(readdirSync(directory.path).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

/** A migration killed: the old version or the new one, a backup that is whole or absent, and the next start migrates. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { openDatabase } from '../../../src/store/sqlite/file/open.ts';
import type { RunOptions } from '../../support/binary.ts';
import { query } from '../../support/database.ts';
import { FIRST_LEDGER, LEDGER } from './ledger.ts';
import type { Scenario } from './scenarios.ts';
import { expectWholeDatabase, type State } from './state.ts';

const PROGRAM = fileURLToPath(new URL('./migrate-ledger.ts', import.meta.url));
const ENTRIES = 500;

export const MIGRATION: Scenario = {
  prepare: async (state) => {
    const db = openDatabase(pathOf(state), FIRST_LEDGER, { synchronous: 'FULL' });
    db.exec(`WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < ${ENTRIES})
             INSERT INTO entries SELECT n, n FROM i`);
    db.close();
  },
  from: 'start',
  run: migrated,
  check: async (state) => {
    const path = pathOf(state);
    const before = (db: DatabaseSync) => expect(columns(db)).toEqual(['id', 'amount']);
    expectWholeDatabase(`${path}.v1.backup`, FIRST_LEDGER, before);
    const [version] = query(path, 'PRAGMA user_version');
    if (version?.user_version === 1) expectWholeDatabase(path, FIRST_LEDGER, before);
    else expectWholeDatabase(path, LEDGER);
    expect(await migrated(state, {})).toBe(true);
    expectWholeDatabase(path, LEDGER);
    expect(existsSync(`${path}.v1.backup`)).toBe(true);
    expect(query(path, 'SELECT * FROM totals')).toEqual([{ currency: 'EUR', total: (ENTRIES * (ENTRIES + 1)) / 2 }]);
  },
};

async function migrated(state: State, { env, wrapper = [] }: RunOptions): Promise<boolean> {
  const [command = '', ...args] = [...wrapper, process.execPath, PROGRAM, pathOf(state)];
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await once(child, 'close');
  if (child.exitCode !== 0 && child.exitCode !== null) throw new Error(`the migration ended with ${child.exitCode}`);
  return child.exitCode === 0;
}

function columns(db: DatabaseSync): unknown[] {
  return db
    .prepare("SELECT name FROM pragma_table_info('entries')")
    .all()
    .map(({ name }) => name);
}

function pathOf({ paths }: State): string {
  return join(paths.directory, 'ledger.db');
}

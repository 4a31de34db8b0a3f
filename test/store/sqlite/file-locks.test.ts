/** Two users of one database in one process: what one opens or closes does not release the locks of the other. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openRemoval } from '../../../src/store/open.ts';
import { databaseAt } from '../../../src/store/sqlite/store.ts';
import { openDirectory } from '../../../src/store/sqlite/users.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/directory.ts';
import { openStore } from '../../support/store.ts';

let directory: TemporaryDirectory;
let path: string;

beforeEach(() => {
  directory = temporaryDirectory();
  path = join(directory.path, 'workos-users.db');
});
afterEach(() => directory[Symbol.dispose]());

/** What another process gets that wants the file alone, as a reset does: 5 (SQLITE_BUSY) while it is open here. */
function otherAlone(file: string): string {
  const program = `
    const db = new (require('node:sqlite').DatabaseSync)(${JSON.stringify(file)}, { timeout: 0 });
    try { db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; ROLLBACK'); console.log('free'); } catch (error) { console.log(error.errcode); }`;
  return spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' }).stdout.trim();
}

test.each([
  ['opening it once more', () => openDirectory(path).close()],
  ['reading it', () => openDirectory(path, { readOnly: true }).close()],
  [
    'a reset that is refused',
    async () => {
      const removal = await openRemoval({ database: join(directory.path, 'none.db'), users: path });
      expect(() => removal.refuse()).toThrow('is in use');
    },
  ],
  [
    'opening it under another name of the directory',
    () => openDirectory(join(directory.path, '.', 'workos-users.db')).close(),
  ],
])('%s leaves another connection of this process its locks', async (_, use) => {
  const users = openDirectory(path);
  expect(otherAlone(path)).toBe('5');
  await use();
  expect(otherAlone(path)).toBe('5');
  users.close();
  expect(otherAlone(path)).toBe('free');
});

test('a second store on one file finds that it is made', async () => {
  const opened = openStore(directory.path);
  expect(databaseAt(join(directory.path, 'agent-paste.db')).isMade()).toBe(true);
  await opened.store.close();
});

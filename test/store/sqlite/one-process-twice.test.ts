/** A process that opens a database twice keeps its locks: closing a file handle of it would release them all. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDirectory } from '../../../src/store/sqlite/users.ts';
import { agentPaste } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';

describe('a database that one process has open twice', () => {
  it('keeps its log while other processes come and go, and their changes are seen', async () => {
    using directory = temporaryDirectory();
    const state = join(directory.path, 'state');
    const add = (email: string) => agentPaste(['users', 'add', email, '--state-dir', state]);
    expect((await add('first@example.com')).code).toBe(0);
    const path = join(state, 'workos-users.db');
    const one = openDirectory(path);
    expect(one.findByEmail('first@example.com')).toBeDefined();
    const two = openDirectory(path);
    try {
      for (const email of ['second@example.com', 'third@example.com', 'fourth@example.com']) {
        expect((await add(email)).code).toBe(0);
        expect(existsSync(`${path}-wal`)).toBe(true);
        expect([one, two].map((users) => users.findByEmail(email)?.email)).toEqual([email, email]);
      }
    } finally {
      one.close();
      two.close();
    }
  });
});

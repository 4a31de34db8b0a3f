import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { counts, ONE_SIGN_IN, query } from '../support/database.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/directory.ts';
import { callbackOf, openStore } from '../support/store.ts';

let directory: TemporaryDirectory;
const at = (name: string): string => {
  const path = join(directory.path, name);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
};

beforeEach(() => {
  directory = temporaryDirectory();
});

afterEach(() => directory[Symbol.dispose]());

test('the write-ahead log of another database beside the file is refused', async () => {
  using other = openStore(at('other'));
  for (let user = 0; user < 20; user++) await other.store.resolveMember(callbackOf({ subject: `user_${user}` }));
  const own = openStore(at('own'));
  await own.store.resolveMember(callbackOf());
  own.store.close();
  copyFileSync(`${other.path}-wal`, `${own.path}-wal`);
  expect(() => openStore(at('own'))).toThrow(expect.objectContaining({ code: 'state_mismatch' }));
});

test('a database that lost its log is an earlier one, and whole: what was in the log runs again', async () => {
  const first = openStore(at('first'));
  await first.store.resolveMember(callbackOf());
  first.store.close();
  using later = openStore(at('first'));
  const lost = callbackOf({ subject: 'user_2', idempotencyKey: 'workos-jti:jti_2' });
  await later.store.resolveMember(lost);

  for (const name of ['agent-paste.db', 'peppers.json']) {
    copyFileSync(join(at('first'), name), join(at('second'), name));
  }
  using found = openStore(at('second'));
  expect(counts(found.path)).toEqual(ONE_SIGN_IN);
  expect(query(found.path, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  expect((await found.store.resolveMember(callbackOf())).outcome).toBe('replayed');
  expect((await found.store.resolveMember(lost)).outcome).toBe('provisioned');
});

import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { attemptsPath } from '../../../src/store/sqlite/attempt-log.ts';
import { agentPaste } from '../../support/binary.ts';
import { counts, ONE_SIGN_IN, query } from '../../support/database.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/directory.ts';
import { fleet } from '../../support/fleet.ts';
import { callbackOf, openStore } from '../../support/store.ts';

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

test('rejects the write-ahead log of another database', async () => {
  await using other = openStore(at('other'));
  for (let user = 0; user < 20; user++) await other.store.resolveMember(callbackOf({ subject: `user_${user}` }));
  const own = openStore(at('own'));
  await own.store.resolveMember(callbackOf());
  await own.store.close();
  copyFileSync(`${other.path}-wal`, `${own.path}-wal`);
  expect(() => openStore(at('own'))).toThrow(expect.objectContaining({ code: 'state_mismatch' }));
});

test('lets doctor find a database that lost its log, from the log of attempts', async () => {
  await using servers = await fleet(1);
  const doctor = async () => {
    const { stdout } = await agentPaste(['doctor', '--json', '--state-dir', servers.paths.directory]);
    return JSON.parse(stdout).findings.find(({ code }: { code: string }) => code === 'sign_ins');
  };
  await servers.post(0, servers.mint('user_1')[0]!);
  await servers.servers[0]!.stop();
  await servers.start([]);
  await servers.post(1, servers.mint('user_2')[0]!);
  const { database } = servers.paths;
  const noted = () => query(attemptsPath(database), "SELECT 1 FROM callback_attempts WHERE outcome = 'provisioned'");
  await expect.poll(noted).toHaveLength(2);
  expect(await doctor()).toMatchObject({ severity: 'ok' });
  await servers.servers[1]!.kill();
  for (const suffix of ['-wal', '-shm']) rmSync(database + suffix);
  expect(await doctor()).toMatchObject({
    severity: 'warning',
    message: '1 of the users who signed in is not in the database',
    remedy: expect.stringContaining('write-ahead log was removed'),
  });
});

test('opens a database that lost its log as an earlier one, and runs the lost callbacks again', async () => {
  const first = openStore(at('first'));
  await first.store.resolveMember(callbackOf());
  await first.store.close();
  await using later = openStore(at('first'));
  const lost = callbackOf({ subject: 'user_2', idempotencyKey: 'workos-jti:jti_2' });
  await later.store.resolveMember(lost);

  for (const name of ['agent-paste.db', 'peppers.json']) {
    copyFileSync(join(at('first'), name), join(at('second'), name));
  }
  await using found = openStore(at('second'));
  expect(counts(found.path)).toEqual(ONE_SIGN_IN);
  expect(query(found.path, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  expect((await found.store.resolveMember(callbackOf())).outcome).toBe('replayed');
  expect((await found.store.resolveMember(lost)).outcome).toBe('provisioned');
});

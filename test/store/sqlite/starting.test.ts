import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { agentPaste, type RunResult, serverProcess } from '../../support/binary.ts';
import { execute } from '../../support/database.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/directory.ts';

let directory: TemporaryDirectory;
let args: string[];

beforeEach(() => {
  directory = temporaryDirectory();
  args = ['serve', '--json', '--port', '0', '--state-dir', directory.path];
});

afterEach(() => directory[Symbol.dispose]());

async function startOnce(): Promise<void> {
  const server = await serverProcess(['--state-dir', directory.path]);
  expect(await server.stop()).toBe(0);
}

/** One line on stderr that names the path, exit 7, and nothing on stdout but the failure as JSON. */
function refused({ code, stdout, stderr }: RunResult, failure: string, path: string): void {
  expect(code).toBe(7);
  expect(`${stdout}${stderr}`).toContain(failure);
  expect(`${stdout}${stderr}`).toContain(path);
  expect(stderr).not.toContain('    at ');
}

/** Runs a program with a directory or a file that no user can write: a read-only mount. */
const READ_ONLY = [
  'unshare',
  '-rm',
  'sh',
  '-c',
  'mount --bind "$DIRECTORY" "$DIRECTORY" && mount -o remount,bind,ro "$DIRECTORY" && exec "$@"',
  'sh',
];
const canMount =
  process.platform === 'linux' &&
  spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs tmpfs /tmp'], { stdio: 'ignore' }).status === 0;

test.skipIf(!canMount)('rejects a read-only directory (needs unshare), new or in use', async () => {
  const options = { wrapper: READ_ONLY, env: { DIRECTORY: directory.path } };
  refused(await agentPaste(args, options), 'state_unwritable', directory.path);
  expect(readdirSync(directory.path)).toEqual([]);
  await startOnce();
  refused(await agentPaste(args, options), 'state_unwritable', directory.path);
});

test.skipIf(!canMount).each(['agent-paste.db', 'agent-paste.attempts.db', 'workos-users.db'])(
  'rejects a read-only file (needs unshare): %s',
  async (name) => {
    await startOnce();
    const path = join(directory.path, name);
    refused(await agentPaste(args, { wrapper: READ_ONLY, env: { DIRECTORY: path } }), 'state_unwritable', path);
    await startOnce(); // and it is as it was
  },
);

test('rejects a second server with another pepper on the same database, and the first continues', async () => {
  using other = temporaryDirectory();
  await using first = await serverProcess(['--state-dir', directory.path]);
  const db = first.ready.db;
  const second = await agentPaste(['serve', '--json', '--port', '0', '--state-dir', other.path, '--db', db]);
  refused(second, 'state_mismatch', db);
  expect(existsSync(join(other.path, 'peppers.json'))).toBe(false);
  expect((await fetch(`${first.ready.url}/healthz`)).status).toBe(200);
});

test.each(['agent-paste.db', 'agent-paste.attempts.db', 'workos-users.db'])(
  'rejects a database of a later version or another program, and leaves it unchanged: %s',
  async (name) => {
    await startOnce();
    const path = join(directory.path, name);
    for (const [pragma, failure] of [
      ['user_version = 99', 'state_newer'],
      ['application_id = 1234', 'state_corrupt'],
    ] as const) {
      execute(path, `PRAGMA ${pragma}; PRAGMA wal_checkpoint(TRUNCATE)`);
      const before = readFileSync(path);
      refused(await agentPaste(args), failure, path);
      expect(readFileSync(path).equals(before)).toBe(true);
    }
  },
);

test('rejects a state directory that is writable by everyone', async () => {
  chmodSync(directory.path, 0o777);
  refused(await agentPaste(args), 'state_unsafe', directory.path);
  expect(readdirSync(directory.path)).toEqual([]);
});

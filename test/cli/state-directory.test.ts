import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { agentPaste, serverProcess } from '../support/binary.ts';
import { temporaryDirectory } from '../support/directory.ts';
import { shell } from '../support/shell.ts';

const isRoot = process.getuid?.() === 0;
const COMMANDS = [['mint'], ['serve', '--port', '0'], ['keys', 'list'], ['users', 'list']];

const keyFile = (state: string) => {
  const directory = join(state, 'signing-keys');
  return join(directory, readdirSync(directory)[0] ?? '');
};

test.each<[number, ...string[]]>([
  [0, 'keys', 'list'],
  [0, 'keys', 'export'],
  [5, 'keys', 'export', 'nope'],
  [5, 'keys', 'retire', 'nope'],
  [5, 'keys', 'rotate', '--pepper'],
  [0, 'users', 'list'],
  [5, 'users', 'remove', 'ada@example.com'],
  [5, 'inspect', 'members'],
  [5, 'explain', 'request-1'],
  [0, 'doctor', '--port', '0'],
  [0, 'reset', '--yes'],
  [5, 'sweep'],
])('does not create a missing state directory, and exits %i: %s %s', async (expected, ...command) => {
  using directory = temporaryDirectory();
  const state = join(directory.path, 'state');
  expect((await agentPaste([...command, '--state-dir', state])).code).toBe(expected);
  expect(existsSync(state)).toBe(false);
});

test.each(COMMANDS)('exits 7 when the state directory is a file: %s', async (...command) => {
  using directory = temporaryDirectory();
  const state = join(directory.path, 'state');
  writeFileSync(state, 'not a directory');
  const { code, stdout, stderr } = await agentPaste([...command.filter(Boolean), '--state-dir', state]);
  expect({ code, stdout }).toEqual({ code: 7, stdout: '' });
  expect(stderr.split('\n')[0]).toContain(state);
});

test.each([['mint'], ['serve', '--port', '0'], ['keys', 'rotate']])(
  'exits 7 when the state directory is a dangling link: %s',
  async (...command) => {
    using directory = temporaryDirectory();
    const state = join(directory.path, 'state');
    symlinkSync('nowhere', state);
    const { code, stdout, stderr } = await agentPaste([...command, '--state-dir', state]);
    expect({ code, stdout }).toEqual({ code: 7, stdout: '' });
    expect(stderr.split('\n')[0]).toContain(state);
  },
);

test.runIf(isRoot).each(COMMANDS)(
  'exits 7 when the state directory belongs to another user: %s',
  async (...command) => {
    using directory = temporaryDirectory();
    const state = join(directory.path, 'state');
    mkdirSync(state);
    chownSync(state, 65_534, 65_534);
    const { code, stdout, stderr } = await agentPaste([...command.filter(Boolean), '--state-dir', state]);
    expect({ code, stdout }).toEqual({ code: 7, stdout: '' });
    expect(stderr).toContain('belongs to user 65534, not to you');
  },
);

test('exits 7 when the state directory cannot be created, and names the path', async () => {
  using directory = temporaryDirectory();
  chmodSync(directory.path, 0o555);
  // Root may write everywhere but there.
  const state = isRoot ? '/proc/agent-paste-test' : join(directory.path, 'state');
  const { code, stderr } = await agentPaste(['mint', '--state-dir', state]);
  chmodSync(directory.path, 0o755);
  expect(code).toBe(7);
  expect(stderr.split('\n')[0]).toContain(`error: cannot create the directory ${state}`);
});

test('creates everything for its owner only, whatever the umask', async () => {
  using sh = shell();
  expect((await sh.run('umask 000; agent-paste mint')).code).toBe(0);
  const state = join(sh.cwd, '.agent-paste');
  await using server = await serverProcess(['--state-dir', state]);
  const modes = readdirSync(state, { recursive: true, withFileTypes: true }).map((entry) => ({
    name: entry.name,
    others: statSync(join(entry.parentPath, entry.name)).mode & 0o077,
  }));
  expect(modes.length).toBeGreaterThan(4);
  expect(modes.filter(({ others }) => others !== 0)).toEqual([]);
  expect(server.ready.port).toBeGreaterThan(0);
});

test.each(COMMANDS.slice(0, 3))('rejects a key file that other users can read: %s', async (...command) => {
  using directory = temporaryDirectory();
  const state = join(directory.path, 'state');
  await agentPaste(['mint', '--state-dir', state]);
  chmodSync(keyFile(state), 0o644);
  const { code, stdout, stderr } = await agentPaste([...command.filter(Boolean), '--state-dir', state]);
  expect({ code, stdout }).toEqual({ code: 7, stdout: '' });
  expect(stderr).toContain('has mode 0644: others could read it');
});

test.runIf(isRoot).each(['agent-paste.db', 'agent-paste.db-wal', 'peppers.json', 'workos-users.db'])(
  'exits 7 for a file of another user, and leaves it unchanged: %s',
  async (name) => {
    using directory = temporaryDirectory();
    const state = join(directory.path, 'state');
    await using server = await serverProcess(['--state-dir', state]);
    const file = join(state, name);
    chownSync(file, 65_534, 65_534);
    const { code, stdout, stderr } = await agentPaste(['serve', '--port', '0', '--state-dir', state]);
    expect({ code, stdout }).toEqual({ code: 7, stdout: '' });
    expect(stderr).toContain(`${file} belongs to user 65534, not to you`);
    expect(statSync(file).uid).toBe(65_534);
    expect(server.child.exitCode).toBeNull();
  },
);

test('rejects a key file that is a link', async () => {
  using directory = temporaryDirectory();
  const state = join(directory.path, 'state');
  await agentPaste(['mint', '--state-dir', state]);
  symlinkSync('/etc/hostname', join(state, 'signing-keys', 'planted.json'));
  expect(await agentPaste(['mint', '--state-dir', state])).toMatchObject({ code: 7, stdout: '' });
});

test.each([
  ['workos-users.db', 'an HTML page', '<html>'.repeat(50)],
  ['agent-paste.db', 'an HTML page', '<html>'.repeat(50)],
  ['peppers.json', 'half a file', '{"peppers":[{"kid":1,'],
])('%s that is %s is exit code 7, and stays as it is', async (name, _, content) => {
  using directory = temporaryDirectory();
  const state = join(directory.path, 'state');
  mkdirSync(state, { mode: 0o700 });
  writeFileSync(join(state, name), content, { mode: 0o600 });
  const { code, stdout, stderr } = await agentPaste(['serve', '--port', '0', '--state-dir', state]);
  expect({ code, stdout }).toEqual({ code: 7, stdout: '' });
  expect(stderr).toContain(join(state, name));
  expect(statSync(join(state, name)).size).toBe(content.length);
});

test('works with spaces, quotes and other alphabets in paths', async () => {
  using directory = temporaryDirectory();
  const place = join(directory.path, "Ada's Büro 引擎");
  mkdirSync(place);
  await using server = await serverProcess(['--db', 'mein db.db'], { cwd: place });
  expect(server.ready.db).toBe(join(place, 'mein db.db'));
  const { stdout } = await agentPaste(['mint'], { cwd: place });
  const headers = { authorization: `Bearer ${stdout.trim()}` };
  expect((await fetch(server.ready.callback_url, { method: 'POST', headers })).status).toBe(200);
  expect(existsSync(join(place, 'mein db.db'))).toBe(true);
});

test('exits 7 with one line when the working directory was removed', async () => {
  using sh = shell();
  const { code, stderr } = await sh.run('mkdir gone && cd gone && rmdir ../gone && agent-paste mint');
  expect(code).toBe(7);
  expect(stderr).toContain('error: the working directory does not exist any more\n');
});

test.each(['peppers.json', 'signing-keys/first-key.json'])(
  'rejects a pipe in place of %s instead of waiting for it',
  async (file) => {
    using directory = temporaryDirectory();
    const state = join(directory.path, 'state');
    await (await serverProcess(['--state-dir', state])).stop();
    rmSync(join(state, file));
    execFileSync('mkfifo', ['-m', '600', join(state, file)]);
    const { code, stdout, stderr } = await agentPaste(['serve', '--port', '0', '--state-dir', state]);
    expect({ code, stdout }).toEqual({ code: 7, stdout: '' });
    expect(stderr.split('\n')[0]).toContain(file);
  },
);

test.each([
  ['peppers.json', ['serve', '--port', '0'], 7],
  ['peppers.json', ['doctor', '--port', '0'], 1],
  ['peppers.json', ['keys', 'rotate', '--pepper'], 7],
  ['signing-keys/first-key.json', ['mint'], 7],
  ['signing-keys/first-key.json', ['keys', 'list'], 7],
  ['signing-keys/first-key.json', ['serve', '--port', '0'], 7],
  ['clock', ['mint'], 7],
  ['databases.json', ['reset', '--yes'], 7],
])('%s of 20 GB is not read by `%s`', async (file, args, code) => {
  using directory = temporaryDirectory();
  const state = join(directory.path, 'state');
  await (await serverProcess(['--state-dir', state])).stop();
  writeFileSync(join(state, file), '', { mode: 0o600 });
  truncateSync(join(state, file), 20 * 2 ** 30);
  const result = await agentPaste([...args, '--state-dir', state]);
  expect(result.code).toBe(code);
  expect(result.stdout + result.stderr).toContain(`${join(state, file)} has ${20 * 2 ** 30} bytes`);
});

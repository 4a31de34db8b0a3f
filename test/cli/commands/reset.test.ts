import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { main } from '../../../src/cli/main.ts';
import { systemRandom } from '../../../src/machine/random.ts';
import { agentPaste } from '../../support/binary.ts';
import { checksum } from '../../support/checksum.ts';
import { command, overStream } from '../../support/command.ts';
import { counts } from '../../support/database.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/directory.ts';
import { testServer } from '../../support/server.ts';

/** A state that a server has used and left. */
async function usedState(): Promise<TemporaryDirectory> {
  const directory = temporaryDirectory();
  await using server = await testServer({}, { path: directory.path, [Symbol.dispose]: () => undefined });
  await server.post(server.mint().token);
  return directory;
}

/** What a state directory holds beside its locks and the file that keeps it out of git. */
function left(directory: string): readonly string[] {
  return readdirSync(directory).filter((name) => !name.endsWith('.lock') && name !== '.gitignore');
}

function withoutLocks(checksums: object): object {
  return Object.fromEntries(Object.entries(checksums).filter(([name]) => !name.endsWith('.lock')));
}

function otherProgram(file: string, sql: string): void {
  using db = new DatabaseSync(file);
  db.exec(sql);
}

function linkTo(file: string, make: (at: string) => void): void {
  make(`${file}.target`);
  symlinkSync(`${file}.target`, file);
}

describe('reset', () => {
  test('removes the files of agent-paste, names them, and leaves the rest', async () => {
    using directory = await usedState();
    writeFileSync(join(directory.path, 'notes.txt'), 'mine');
    mkdirSync(join(directory.path, 'agent-paste.db-wal'));
    symlinkSync(join(directory.path, 'notes.txt'), join(directory.path, 'signing-keys', 'link.json'));
    const { code, stdout } = await agentPaste(['--state-dir', directory.path, 'reset', '--yes', '--json']);
    expect(code).toBe(0);
    const { removed } = JSON.parse(stdout);
    expect(removed).toContain(join(directory.path, 'agent-paste.db'));
    expect(removed.every((path: string) => !existsSync(path))).toBe(true);
    expect(readdirSync(directory.path).sort()).toEqual([
      '.gitignore',
      'agent-paste.db-wal',
      'notes.txt',
      'served.lock',
      'signing-keys',
      'state.lock',
    ]);
    expect(readdirSync(join(directory.path, 'signing-keys'))).toEqual([]);
  });

  test('with --keep-keys leaves the signing keys, so tokens stay valid', async () => {
    const directory = await usedState();
    const before = readdirSync(join(directory.path, 'signing-keys'));
    expect((await agentPaste(['--state-dir', directory.path, 'reset', '--yes', '--keep-keys'])).code).toBe(0);
    expect(left(directory.path)).toEqual(['signing-keys']);
    expect(readdirSync(join(directory.path, 'signing-keys'))).toEqual(before);
    await using server = await testServer({}, directory);
    expect((await server.post(server.mint().token)).status).toBe(200);
  });

  test('exits 2 without a terminal and without --yes, and removes nothing', async () => {
    using directory = await usedState();
    const before = checksum(directory.path);
    const { code, stderr } = await agentPaste(['--state-dir', directory.path, 'reset']);
    expect(code).toBe(2);
    expect(stderr).toContain('--yes');
    expect(withoutLocks(checksum(directory.path))).toEqual(withoutLocks(before));
  });

  test.each<[string, readonly (readonly string[])[], readonly string[]]>([
    ['only mint has run', [['mint']], []],
    ['there is one file', [['mint']], ['--keep-keys']],
    ['there are several keys', [['mint'], ['keys', 'rotate'], ['keys', 'rotate']], []],
    ['a user was added', [['users', 'add', 'ada@example.com']], []],
  ])('without --yes names the state and each file that it would remove, where %s', async (_, made, flags) => {
    using directory = temporaryDirectory();
    const state = join(directory.path, 'a state');
    for (const args of made) expect((await agentPaste(['--state-dir', state, ...args])).code).toBe(0);
    const reset = ['--state-dir', state, 'reset', ...flags];
    const { code, stderr } = await agentPaste(reset);
    const said = /would remove (\d+) files? of the state (.+?): (.+)\n/.exec(stderr);
    const { removed } = JSON.parse((await agentPaste([...reset, '--yes', '--json'])).stdout);
    expect(code).toBe(2);
    expect(said?.[2]).toBe(state);
    expect(said?.[3]?.split(', ').sort()).toEqual(removed.map((path: string) => relative(state, path)).sort());
    expect(said?.[1]).toBe(String(removed.length));
  });

  test('fails while a server uses the state, even an idle one', async () => {
    await using server = await testServer();
    await server.post(server.mint().token);
    const { code, stderr } = await agentPaste(['--state-dir', server.paths.directory, 'reset', '--yes']);
    expect(code).toBe(7);
    expect(stderr).toContain('is in use');
    expect((await server.post(server.mint().token)).status).toBe(200);
  });

  test('removes the remains of a pepper rotation and of a write that was cut short', async () => {
    using directory = temporaryDirectory();
    for (const name of ['peppers.json.lock', 'peppers.json.4711.tmp', 'peppers.json.0123456789abcdef.tmp'])
      writeFileSync(join(directory.path, name), '');
    expect((await agentPaste(['--state-dir', directory.path, 'reset', '--yes'])).code).toBe(0);
    expect(left(directory.path)).toEqual([]);
  });

  describe('rejects a database that a server would call foreign, and removes nothing', () => {
    const foreign: readonly (readonly [string, (file: string) => void])[] = [
      ['a text', (file) => writeFileSync(file, 'mine '.repeat(1000))],
      ['a short text', (file) => writeFileSync(file, 'mine')],
      ['a database of another program', (file) => otherProgram(file, 'create table customers(x)')],
      ['a database with another application id', (file) => otherProgram(file, 'PRAGMA application_id = 7')],
      ['a link to a text', (file) => linkTo(file, (at) => writeFileSync(at, 'mine '.repeat(99)))],
    ];
    test.each(foreign)('%s named by --db, the environment or a configuration file', async (_, make) => {
      using directory = await usedState();
      const file = join(directory.path, 'elsewhere', 'prod.sqlite');
      mkdirSync(join(directory.path, 'elsewhere'));
      make(file);
      writeFileSync(join(directory.path, 'agent-paste.config.yaml'), `db: ${file}\n`);
      const before = checksum(directory.path);
      const run = (args: readonly string[], env = {}) =>
        agentPaste(['--state-dir', directory.path, 'reset', '--yes', ...args], { env, cwd: '/' });
      for (const result of [
        await run(['--db', file]),
        await run([], { AGENT_PASTE_DB: file }),
        await run(['--config', join(directory.path, 'agent-paste.config.yaml')]),
      ])
        expect(result).toMatchObject({ code: 7, stderr: expect.stringContaining('prod.sqlite') });
      expect(withoutLocks(checksum(directory.path))).toEqual(withoutLocks(before));
    });

    test.each(['agent-paste.attempts.db', 'workos-users.db'])('%s of another program', async (name) => {
      using directory = await usedState();
      rmSync(join(directory.path, name));
      otherProgram(join(directory.path, name), 'create table customers(x)');
      const { code } = await agentPaste(['--state-dir', directory.path, 'reset', '--yes']);
      expect(code).toBe(7);
      expect(readdirSync(directory.path)).toEqual(expect.arrayContaining(['agent-paste.db', 'peppers.json', name]));
    });
  });

  test('succeeds at once when there is nothing to remove', async () => {
    using directory = temporaryDirectory();
    const { code, stdout } = await agentPaste(['--state-dir', directory.path, 'reset', '--json']);
    expect({ code, document: JSON.parse(stdout) }).toEqual({ code: 0, document: { schema_version: 1, removed: [] } });
  });

  test.each([
    ['y\n', 0, []],
    ['\n', 1, ['agent-paste.attempts.db', 'agent-paste.db', 'peppers.json', 'signing-keys', 'workos-users.db']],
  ])('asks on a terminal, and exits with its code for the answer %j: %i', async (answer, code, expected) => {
    using directory = await usedState();
    const asked = await onTerminal(['--state-dir', directory.path, 'reset'], answer);
    expect(asked.code).toBe(code);
    expect(asked.stderr).toMatch(/Remove these \d files\? \[y\/N\]/);
    expect(left(directory.path).filter((name) => name !== 'signing-keys' || code === 1)).toEqual(expected);
  });
});

/** The program on a terminal where a person types an answer. */
async function onTerminal(args: readonly string[], answer: string) {
  const { PassThrough } = await import('node:stream');
  const streams = () => Object.assign(new PassThrough(), { isTTY: true });
  const [stdin, stdout, stderr] = [streams(), streams(), streams()];
  let printed = '';
  stderr.on('data', (chunk) => {
    const asked = printed.includes('[y/N]');
    printed += chunk;
    if (!asked && printed.includes('[y/N]')) stdin.write(answer);
  });
  stdout.resume();
  const code = await main({
    argv: args,
    program: [process.execPath],
    env: { NO_COLOR: '1' },
    cwd: process.cwd(),
    stdin,
    stdout: overStream(stdout),
    stderr: overStream(stderr),
    random: systemRandom(),
    now: Date.now,
    signal: () => new Promise(() => undefined),
    endBy: () => undefined,
    parentGone: () => new Promise(() => undefined),
    onUncaught: () => undefined,
  });
  return { code, stderr: printed };
}

describe('sweep', () => {
  test('deletes expired records beside a running server', async () => {
    await using server = await testServer({ 'idempotency-ttl': '1h' });
    await server.post(server.mint().token);
    await server.post(server.mint().token);
    const sweep = (now: number) => command(['--state-dir', server.paths.directory, 'sweep'], { now });
    expect((await sweep(Date.now())).stdout).toBe('0 expired records dropped\n');
    expect((await sweep(Date.now() + 2 * 3_600_000)).stdout).toBe('2 expired records dropped\n');
    expect(counts(server.paths.database)).toMatchObject({ members: 1, records: 0 });
    expect((await server.post(server.mint().token)).status).toBe(200);
  });

  test('exits 5 for a missing state, and creates nothing', async () => {
    using directory = temporaryDirectory();
    expect((await agentPaste(['--state-dir', directory.path, 'sweep'])).code).toBe(5);
    expect(readdirSync(directory.path)).toEqual([]);
  });

  test('exits 7 for a file that is not a database, and creates nothing', async () => {
    using directory = temporaryDirectory();
    const file = join(directory.path, 'agent-paste.db');
    const sweep = () => agentPaste(['--state-dir', directory.path, 'sweep']);
    mkdirSync(file);
    expect(await sweep()).toMatchObject({ code: 7, stderr: expect.stringContaining(`error: ${file} is not a file`) });
    rmdirSync(file);
    writeFileSync(file, '<html>');
    expect(await sweep()).toMatchObject({
      code: 7,
      stderr: expect.stringContaining('is not the agent-paste database'),
    });
    expect(readdirSync(directory.path)).toEqual(['agent-paste.db']);
  });
});

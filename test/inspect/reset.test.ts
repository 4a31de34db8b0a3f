import { existsSync, mkdirSync, readdirSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { systemRandom } from '../../src/random.ts';
import { agentPaste } from '../support/binary.ts';
import { checksum } from '../support/checksum.ts';
import { command } from '../support/command.ts';
import { counts } from '../support/database.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/directory.ts';
import { testServer } from '../support/server.ts';

/** A state that a server has used and left. */
async function usedState(): Promise<TemporaryDirectory> {
  const directory = temporaryDirectory();
  const server = await testServer({}, directory);
  await server.post(server.mint().token);
  server.users.close();
  await server.running.stop();
  return directory;
}

describe('reset', () => {
  test('removes what is ours, names it, and leaves the rest', async () => {
    using directory = await usedState();
    writeFileSync(join(directory.path, 'notes.txt'), 'mine');
    mkdirSync(join(directory.path, 'agent-paste.db-wal'));
    symlinkSync(join(directory.path, 'notes.txt'), join(directory.path, 'signing-keys', 'link.json'));
    const { code, stdout } = await agentPaste(['--state-dir', directory.path, 'reset', '--yes', '--json']);
    expect(code).toBe(0);
    const { removed } = JSON.parse(stdout);
    expect(removed).toContain(join(directory.path, 'agent-paste.db'));
    expect(removed.every((path: string) => !existsSync(path))).toBe(true);
    expect(readdirSync(directory.path).sort()).toEqual(['agent-paste.db-wal', 'notes.txt', 'signing-keys']);
    expect(readdirSync(join(directory.path, 'signing-keys'))).toEqual([]);
  });

  test('with --keep-keys leaves the signing keys, so that a token is good afterwards', async () => {
    const directory = await usedState();
    const before = readdirSync(join(directory.path, 'signing-keys'));
    expect((await agentPaste(['--state-dir', directory.path, 'reset', '--yes', '--keep-keys'])).code).toBe(0);
    expect(readdirSync(directory.path)).toEqual(['signing-keys']);
    expect(readdirSync(join(directory.path, 'signing-keys'))).toEqual(before);
    await using server = await testServer({}, directory);
    expect((await server.post(server.mint().token)).status).toBe(200);
  });

  test('without a terminal and without --yes is exit 2, and removes nothing', async () => {
    using directory = await usedState();
    const before = checksum(directory.path);
    const { code, stderr } = await agentPaste(['--state-dir', directory.path, 'reset']);
    expect(code).toBe(2);
    expect(stderr).toContain('--yes');
    expect(checksum(directory.path)).toEqual(before);
  });

  test('refuses while a server holds the state, even an idle one', async () => {
    await using server = await testServer();
    await server.post(server.mint().token);
    const { code, stderr } = await agentPaste(['--state-dir', server.paths.directory, 'reset', '--yes']);
    expect(code).toBe(7);
    expect(stderr).toContain('is in use');
    expect((await server.post(server.mint().token)).status).toBe(200);
  });

  test('clears away a database that no server can use, and what is left of a rotated pepper', async () => {
    using directory = temporaryDirectory();
    writeFileSync(join(directory.path, 'peppers.json.lock'), '');
    writeFileSync(join(directory.path, 'agent-paste.db'), 'noise '.repeat(1000));
    expect((await agentPaste(['--state-dir', directory.path, 'reset', '--yes'])).code).toBe(0);
    expect(readdirSync(directory.path)).toEqual([]);
  });

  test('of nothing is done at once', async () => {
    using directory = temporaryDirectory();
    const { code, stdout } = await agentPaste(['--state-dir', directory.path, 'reset', '--json']);
    expect({ code, document: JSON.parse(stdout) }).toEqual({ code: 0, document: { schema_version: 1, removed: [] } });
  });

  test.each([
    ['y\n', 0, []],
    ['\n', 1, ['agent-paste.attempts.db', 'agent-paste.db', 'peppers.json', 'signing-keys', 'workos-users.db']],
  ])('asks on a terminal; the answer %j ends with %i', async (answer, code, left) => {
    using directory = await usedState();
    const asked = await onTerminal(['--state-dir', directory.path, 'reset'], answer);
    expect(asked.code).toBe(code);
    expect(asked.stderr).toMatch(/Remove these \d files\? \[y\/N\]/);
    expect(readdirSync(directory.path).filter((name) => name !== 'signing-keys' || code === 1)).toEqual(left);
  });
});

/** The program on a terminal where somebody types an answer. */
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
    stdout,
    stderr,
    random: systemRandom(),
    now: Date.now,
    signal: () => new Promise(() => undefined),
    parentGone: () => new Promise(() => undefined),
    onUncaught: () => undefined,
  });
  return { code, stderr: printed };
}

describe('sweep', () => {
  test('drops what has expired, beside a running server that goes on answering', async () => {
    await using server = await testServer({ 'idempotency-ttl': '1h' });
    await server.post(server.mint().token);
    await server.post(server.mint().token);
    const sweep = (now: number) => command(['--state-dir', server.paths.directory, 'sweep'], { now });
    expect((await sweep(Date.now())).stdout).toBe('0 expired records dropped\n');
    expect((await sweep(Date.now() + 2 * 3_600_000)).stdout).toBe('2 expired records dropped\n');
    expect(counts(server.paths.database)).toMatchObject({ members: 1, records: 0 });
    expect((await server.post(server.mint().token)).status).toBe(200);
  });

  test('of a state that does not exist is exit 5, and makes nothing', async () => {
    using directory = temporaryDirectory();
    expect((await agentPaste(['--state-dir', directory.path, 'sweep'])).code).toBe(5);
    expect(readdirSync(directory.path)).toEqual([]);
  });

  test('of what is no database is exit 7, and makes nothing', async () => {
    using directory = temporaryDirectory();
    const file = join(directory.path, 'agent-paste.db');
    const sweep = () => agentPaste(['--state-dir', directory.path, 'sweep']);
    mkdirSync(file);
    expect(await sweep()).toMatchObject({ code: 7, stderr: expect.stringContaining(`error: ${file} is not a file`) });
    rmdirSync(file);
    writeFileSync(file, '<html>');
    expect(await sweep()).toMatchObject({ code: 7, stderr: expect.stringContaining('is no agent-paste database') });
    expect(readdirSync(directory.path)).toEqual(['agent-paste.db']);
  });
});

/** What surrounds a command: temporary directories, streams, file systems, users and variables that cannot be used. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { agentPaste, BINARY, type RunOptions } from '../support/binary.ts';
import { temporaryDirectory } from '../support/directory.ts';

const CAN_MOUNT =
  process.platform === 'linux' &&
  spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs tmpfs /tmp'], { stdio: 'ignore' }).status === 0;
const IS_ROOT = process.getuid?.() === 0;

let cwd: string;

beforeEach(() => {
  const directory = temporaryDirectory();
  onTestFinished(() => directory[Symbol.dispose]());
  cwd = directory.path;
});

async function ends(args: readonly string[], options: RunOptions = {}): Promise<{ code: number | null; line: string }> {
  const { code, stderr } = await agentPaste(args, { cwd, ...options });
  expect(stderr).not.toMatch(/^ +at /m);
  expect(stderr.trimEnd().split('\n').length, stderr).toBeLessThanOrEqual(2);
  return { code, line: stderr.trimEnd() };
}

const WITH_TEMPORARY = [
  ['exec', '--', process.execPath, '-e', ''],
  ['check', '--quiet', '--only', 'replay-identical'],
  ['replay', 'own.yaml'],
];

/** Mounts what a test needs in a namespace of its own, which ends with the program. */
function mounted(how: string): readonly string[] {
  return ['unshare', '-rm', 'sh', '-c', `${how} && exec "$@"`, 'sh'];
}

describe.each(WITH_TEMPORARY)('%s %s', (...args) => {
  beforeEach(() => writeFileSync(join(cwd, 'own.yaml'), 'name: x\nserver: own\nsteps: [{send: {}}]\n'));

  test.each<[string, () => string]>([
    ['that is missing', () => join(cwd, 'missing')],
    [
      'that is a file',
      () => {
        writeFileSync(join(cwd, 'file'), '');
        return join(cwd, 'file');
      },
    ],
    ['with a name that is too long', () => join(cwd, 'x'.repeat(300))],
  ])('names TMPDIR where it names a directory %s', async (_, make) => {
    const { code, line } = await ends(args, { env: { TMPDIR: make() } });
    expect(code).toBe(7);
    expect(line).toMatch(/^error: cannot create a temporary directory .*\n.*TMPDIR/);
  });

  test.skipIf(!IS_ROOT)('names TMPDIR where it belongs to another user (needs root)', async () => {
    const theirs = join(cwd, 'theirs');
    mkdirSync(theirs);
    chownSync(theirs, 65_534, 65_534);
    // Root may write everywhere; without its capabilities it is a user like others.
    const wrapper = ['setpriv', '--bounding-set', '-dac_override,-dac_read_search'];
    const { code, line } = await ends(args, { wrapper, env: { TMPDIR: theirs } });
    expect(code).toBe(7);
    expect(line).toContain('TMPDIR');
  });

  test.skipIf(!CAN_MOUNT).each([
    ['read-only', 'ro', /read-only file system.*\n.*TMPDIR/s],
    ['full', 'size=4k,mode=700', /no space left|disk is full/],
    ['full after the keys', 'size=64k,mode=700', /no space left|disk is full/],
  ])('ends with its cause where TMPDIR is %s (needs unshare)', async (_, options, cause) => {
    const place = join(cwd, 'mounted');
    mkdirSync(place);
    const wrapper = mounted(`mount -t tmpfs -o ${options} tmpfs '${place}'`);
    const { code, line } = await ends(args, { wrapper, env: { TMPDIR: place } });
    expect(code).toBe(7);
    expect(line).toMatch(cause);
  });
});

describe('on a file system that is read-only (needs unshare)', () => {
  test.skipIf(!CAN_MOUNT).each([
    [['keys', 'list'], 0],
    [['users', 'list'], 0],
    [['inspect', 'users'], 0],
    [['doctor', '--port', '0'], 0],
    [['exec', '--', process.execPath, '-e', ''], 0],
    [['mint'], 7],
    [['serve', '--port', '0'], 7],
    [['users', 'add', 'ada@example.com'], 7],
    [['keys', 'rotate'], 7],
    [['reset', '--yes'], 7],
  ] as const)('%j ends with %i', async (args, expected) => {
    await agentPaste(['users', 'add', 'grace@example.com'], { cwd });
    await agentPaste(['mint'], { cwd });
    const wrapper = mounted(`mount --bind '${cwd}' '${cwd}' && mount -o remount,bind,ro '${cwd}' && cd '${cwd}'`);
    const { code, line } = await ends(args, { wrapper });
    expect({ args, code, line: expected === 0 ? '' : line }).toMatchObject({ code: expected });
    if (expected !== 0) expect(line).toContain('read-only file system');
  });
});

describe('what CI offers', () => {
  const run = (env: Record<string, string>) =>
    agentPaste(['check', '--only', 'replay-identical'], { cwd, env: { GITHUB_ACTIONS: 'true', ...env } });

  test.each<[string, () => string, RegExp]>([
    ['below a directory that is missing', () => join(cwd, 'no', 'summary'), /no such file/],
    ['that is a directory', () => cwd, /EISDIR/],
    ['that is full', () => '/dev/full', /ENOSPC/],
    [
      'that is a pipe which no process reads',
      () => {
        spawnSync('mkfifo', [join(cwd, 'pipe')]);
        return join(cwd, 'pipe');
      },
      /ENXIO/,
    ],
  ])('does not change the verdict: a summary %s', async (_, make, why) => {
    const { code, stdout, stderr } = await run({ GITHUB_STEP_SUMMARY: make() });
    expect(code).toBe(0);
    expect(stdout).toContain('replay-identical');
    expect(stderr).toMatch(/^warning: GITHUB_STEP_SUMMARY \S+ cannot be written: /m);
    expect(stderr).toMatch(why);
  });

  test('is used where it can be, beside what is there', async () => {
    writeFileSync(join(cwd, 'summary'), 'before\n');
    expect((await run({ GITHUB_STEP_SUMMARY: 'summary' })).code).toBe(0);
    expect(readFileSync(join(cwd, 'summary'), 'utf8')).toMatch(/^before\n.*agent-paste/s);
  });

  test('does not hide a verdict that is no', async () => {
    writeFileSync(join(cwd, 'no.yaml'), 'name: x\nserver: own\nsteps: [{send: {}, expect: {outcome: seen}}]\n');
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: cwd };
    expect((await agentPaste(['replay', 'no.yaml'], { cwd, env })).code).toBe(1);
  });

  test('a report into a pipe that no process reads is refused before anything is sent', async () => {
    spawnSync('mkfifo', [join(cwd, 'pipe')]);
    expect(await ends(['check', '--report', 'junit=pipe'])).toMatchObject({
      code: 2,
      line: expect.stringContaining('pipe'),
    });
  });
});

describe('a command works', () => {
  test.each<[string, Record<string, string>]>([
    ['without a home', { HOME: '' }],
    ['with a home that is missing', { HOME: '/no/such/home' }],
    ['with the locale C', { LC_ALL: 'C', LANG: 'C' }],
    ['with a locale that is missing', { LC_ALL: 'xx_XX.UTF-99', LANG: 'tr_TR.UTF-8' }],
    ['with no columns', { COLUMNS: '0', LINES: '-1' }],
    ['with columns that are no number', { COLUMNS: 'wide' }],
    ['with a terminal that is unknown', { TERM: 'no-such-terminal' }],
    ['with a time zone that is unknown', { TZ: 'No/Where' }],
    ['with an empty TMPDIR', { TMPDIR: '' }],
  ])('%s', async (_, env) => {
    for (const args of [
      ['mint'],
      ['--help'],
      ['inspect', 'users'],
      ['doctor', '--port', '0'],
      WITH_TEMPORARY[0] as string[],
    ])
      expect(await agentPaste(args, { cwd, env })).toMatchObject({ code: 0, stderr: '' });
  });

  test.skipIf(!CAN_MOUNT)('for a user without a name (needs unshare)', async () => {
    const wrapper = ['unshare', '--user', '--map-user=54321', '--map-group=54321'];
    expect(await agentPaste(['mint'], { cwd, wrapper, env: { HOME: '/' } })).toMatchObject({ code: 0, stderr: '' });
  });

  test('in a directory that was removed: only what needs none', async () => {
    const gone = join(cwd, 'gone');
    mkdirSync(gone);
    const shell = (line: string) =>
      agentPaste([], { wrapper: ['sh', '-c', `cd '${gone}' && rmdir '${gone}' && exec "$@" ${line}`, 'sh'] });
    for (const line of ['mint', 'serve', 'doctor', 'check', 'inspect members', 'exec -- true']) {
      mkdirSync(gone, { recursive: true });
      const { code, stderr } = await shell(line);
      expect({ line, code }).toEqual({ line, code: 7 });
      expect(stderr).toContain('the working directory does not exist any more');
    }
    mkdirSync(gone, { recursive: true });
    expect(await shell('--version')).toMatchObject({ code: 0 });
    expect(existsSync(gone)).toBe(false);
  });
});

describe('a stream', () => {
  async function shell(line: string) {
    const child = spawn('sh', ['-c', `exec "$0" "$@" ${line}`, process.execPath, BINARY], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [stderr] = await Promise.all([text(child.stderr), text(child.stdout), once(child, 'close')]);
    return { code: child.exitCode, stderr };
  }

  test
    .skipIf(!existsSync('/dev/full'))
    .each([
      ['mint'],
      ['keys list'],
      ['users list'],
      ['inspect users'],
      ['doctor --port 0'],
      ['--help'],
      ['completion bash'],
      ['check --list'],
    ])('that is full ends `%s` with 7, and one that is closed does not matter', async (line) => {
    await agentPaste(['users', 'add', 'ada@example.com'], { cwd });
    await agentPaste(['mint'], { cwd });
    const full = await shell(`${line} > /dev/full`);
    expect(full).toEqual({ code: 7, stderr: 'error: the output cannot be written: ENOSPC\n' });
    expect(await shell(`${line} >&-`)).toEqual({ code: 0, stderr: '' });
    expect(await shell(`${line} 2> /dev/full`)).toMatchObject({ code: 0 });
    expect(await shell(`${line} 2>&- <&-`)).toMatchObject({ code: 0 });
    expect(readdirSync(cwd)).toEqual(['.agent-paste']);
  });
});

/** File systems without modes, shared memory, directory sync, hard links or locks: each works, or says what is missing. */
import { mkdirSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { agentPaste, serverProcess } from '../support/binary.ts';
import { temporaryDirectory } from '../support/directory.ts';
import { CAN_LACK, type Lack, type LackingFileSystem, lackingFileSystem } from '../support/lacking-file-system.ts';

const { ENOLCK, ENOSYS, EOPNOTSUPP, EPERM, EINVAL } = constants.errno;

let lacking: LackingFileSystem;
beforeAll(() => {
  if (CAN_LACK) lacking = lackingFileSystem();
});
afterAll(() => lacking?.[Symbol.dispose]());

let cwd: string;
beforeEach(() => {
  const directory = temporaryDirectory();
  onTestFinished(() => directory[Symbol.dispose]());
  cwd = directory.path;
});

async function ended(args: readonly string[], env: Record<string, string>) {
  const { code, stdout, stderr } = await agentPaste(args, { cwd, env });
  expect(stderr).not.toMatch(/^ +at /m);
  return { code, stdout, said: stderr.trimEnd().split('\n') };
}

const ELSEWHERE = expect.stringMatching(/^Choose a place on .* with --state-dir or --db\.$/);

/** What begins a state, each in its own way. */
const FIRST = [['mint'], ['serve', '--port', '0'], ['users', 'add', 'ada@example.com'], ['keys', 'rotate']];

/** What reads a state under no guard. */
const READING = [
  ['users', 'list'],
  ['inspect', 'members'],
  ['inspect', 'callbacks'],
  ['inspect', 'sessions'],
  ['inspect', '--audit'],
  ['explain', 'req_01M8C2A5S1BENAMYPD4CNA67WN'],
];

/** What makes a state in the temporary directory. */
const TEMPORARY = [
  ['exec', '--', process.execPath, '-e', ''],
  ['check', '--quiet', '--only', 'replay-identical'],
];

describe.skipIf(!CAN_LACK)('on a file system (needs a C compiler)', () => {
  test.each(FIRST)('without modes, `%s` ends with the cause, and leaves nothing', async (...args) => {
    const { code, said } = await ended(args, lacking.below(cwd, 'modes'));
    expect(said).toEqual([
      expect.stringMatching(/^error: .* has mode 0777, and its file system keeps no other/),
      ELSEWHERE,
    ]);
    expect(code).toBe(7);
    expect(readdirSync(cwd)).toEqual([]);
  });

  test('without modes, a directory that is there already is refused with what helps', async () => {
    mkdirSync(join(cwd, '.agent-paste'), { mode: 0o700 });
    const { code, said } = await ended(['mint'], lacking.below(cwd, 'modes'));
    expect(code).toBe(7);
    expect(said[1]).toMatch(/If that changes nothing, choose a place on another file system with --state-dir\.$/);
    const { code: looked, stdout } = await ended(['doctor', '--port', '0'], lacking.below(cwd, 'modes'));
    expect(looked).toBe(1);
    expect(stdout).toContain('If that changes nothing');
  });

  test('without modes, a database elsewhere is refused', async () => {
    mkdirSync(join(cwd, 'state'), { mode: 0o700 });
    mkdirSync(join(cwd, 'disk'));
    const args = ['serve', '--port', '0', '--state-dir', 'state', '--db'];
    for (const db of ['disk/new/x.db', 'disk/x.db']) {
      const { code, said } = await ended([...args, db], lacking.below(join(cwd, 'disk'), 'modes'));
      expect({ db, code }).toEqual({ db, code: 7 });
      expect(said.at(-1)).toContain('another file system');
    }
  });

  test.each(TEMPORARY)('without modes in TMPDIR, `%s` names the variable', async (...args) => {
    mkdirSync(join(cwd, 'tmp'));
    const { code, said } = await ended(args, { ...lacking.below(join(cwd, 'tmp'), 'modes'), TMPDIR: join(cwd, 'tmp') });
    expect(code).toBe(7);
    expect(said.join('\n')).toMatch(/its file system lets other users in.*\n.*TMPDIR/);
    expect(readdirSync(join(cwd, 'tmp'))).toEqual([]);
  });

  test.each([['modes'], ['locks'], ['shm']] as const)(
    'without %s, doctor says of a state that is not there that nothing was tried, and makes nothing',
    async (lack) => {
      const { code, stdout } = await ended(['doctor', '--port', '0', '--json'], lacking.below(cwd, lack));
      expect(code).toBe(0);
      expect(stdout).toContain('does not exist yet, so its file system was not tried');
      expect(stdout).toContain('says what that file system lacks');
      expect(readdirSync(cwd)).toEqual([]);
    },
  );

  test.each([...FIRST.slice(0, 3)])('without shared memory, `%s` ends with the cause', async (...args) => {
    const { code, said } = await ended(args, lacking.below(cwd, 'shm'));
    expect(said).toEqual([
      expect.stringMatching(/^error: cannot use the database .*: its file system has no shared memory \(mmap\)/),
      ELSEWHERE,
    ]);
    expect(code).toBe(7);
  });

  test('without shared memory, a state that was made elsewhere is named by doctor, and `inspect` cannot read it', async () => {
    expect((await ended(['users', 'add', 'ada@example.com'], {})).code).toBe(0);
    const env = lacking.below(cwd, 'shm');
    const doctor = await ended(['doctor', '--port', '0'], env);
    expect(doctor.code).toBe(1);
    expect(doctor.stdout).toContain('has no shared memory (mmap)');
    const { code, said } = await ended(['users', 'list'], env);
    expect({ code, said }).toEqual({ code: 7, said: [expect.stringContaining('no shared memory'), ELSEWHERE] });
    expect((await ended(['users', 'list'], {})).code).toBe(0);
  });

  test.each<[Lack[]]>([[['dirsync']], [['links']], [['dirsync', 'links']]])(
    'without %j, a whole life works',
    async (lacks) => {
      const env = lacking.below(cwd, ...lacks);
      await using server = await serverProcess([], { cwd, env });
      const { stdout } = await agentPaste(['mint', '--email', 'ada@example.com'], { cwd, env });
      const headers = { authorization: `Bearer ${stdout.trim()}` };
      const send = async () => (await fetch(server.ready.callback_url, { method: 'POST', headers })).text();
      const first = await send();
      expect(first).toContain('ap_pk_preview_');
      expect(await send()).toBe(first);
      expect((await ended(['keys', 'rotate'], env)).code).toBe(0);
      expect(await server.stop()).toBe(0);
      expect((await ended(['inspect', '--audit'], env)).code).toBe(0);
    },
  );

  /** ENOLCK is what SQLite takes for another holder. */
  describe.each(Object.entries({ ENOLCK, ENOSYS, EOPNOTSUPP, EPERM, EINVAL }))('without locks (%s)', (_, errno) => {
    const noLocks = (place: string) => ({ ...lacking.below(place, 'locks'), LACKING_ERRNO: String(errno) });
    const NO_LOCKS = expect.stringContaining('its file system has no locks');

    test.each(FIRST)('`%s` does not wait for a process that is not there', async (...args) => {
      const { code, said } = await ended(args, noLocks(cwd));
      expect({ code, said }).toEqual({ code: 7, said: [NO_LOCKS, expect.stringContaining('--state-dir')] });
    });

    test('what only reads a state that was made elsewhere names the cause, and leaves nothing', async () => {
      await (await serverProcess([], { cwd })).stop();
      const before = readdirSync(join(cwd, '.agent-paste'));
      for (const args of READING) {
        const { code, said } = await ended(args, noLocks(cwd));
        expect({ args, code, said }).toEqual({ args, code: 7, said: [NO_LOCKS, ELSEWHERE] });
      }
      const doctor = await ended(['doctor', '--port', '0'], noLocks(cwd));
      expect(doctor.code).toBe(1);
      expect(doctor.stdout).toMatch(/^ERROR +database .*its file system has no locks$/m);
      expect(readdirSync(join(cwd, '.agent-paste'))).toEqual(before);
    });

    test.each(TEMPORARY)('in TMPDIR, `%s` names the variable, and leaves nothing', async (...args) => {
      const temporary = join(cwd, 'tmp');
      mkdirSync(temporary);
      const { code, said } = await ended(args, { ...noLocks(temporary), TMPDIR: temporary });
      expect(code).toBe(7);
      expect(said.join('\n')).toMatch(/its file system has no locks\n.*TMPDIR/);
      expect(readdirSync(temporary)).toEqual([]);
    });

    test('a database elsewhere is refused', async () => {
      mkdirSync(join(cwd, 'disk'));
      const args = ['serve', '--port', '0', '--db', 'disk/x.db'];
      const { code, said } = await ended(args, noLocks(join(cwd, 'disk')));
      expect({ code, said }).toEqual({ code: 7, said: [NO_LOCKS, ELSEWHERE] });
    });
  });
});

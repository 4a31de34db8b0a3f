/** Something else in the place of a file of the state: each command works without it, or names it in one line. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { agentPaste, serverProcess } from '../support/binary.ts';
import { command } from '../support/command.ts';
import { temporaryDirectory } from '../support/directory.ts';

const MEMBERS = [
  'agent-paste.db',
  'agent-paste.db-wal',
  'agent-paste.db-shm',
  'agent-paste.attempts.db',
  'workos-users.db',
  'peppers.json',
  'databases.json',
  'clock',
  'state.lock',
  'state.holder',
  'served.lock',
  '.gitignore',
  'server-0123456789abcdef0123.json',
  'server-0123456789abcdef0123.lock',
  'signing-keys/first-key.json',
];

/** Commands that write, read and remove, and one that looks at everything. */
const COMMANDS = [
  ['mint'],
  ['users', 'add', 'ada@example.com'],
  ['keys', 'rotate'],
  ['keys', 'rotate', '--pepper'],
  ['users', 'list'],
  ['inspect', 'members'],
  ['status'],
  ['doctor', '--port', '0', '--fix'],
  ['reset', '--yes'],
];

let cwd: string;
let mine: string;
beforeEach(() => {
  const directory = temporaryDirectory();
  onTestFinished(() => directory[Symbol.dispose]());
  cwd = directory.path;
  mine = join(cwd, 'mine.txt');
  writeFileSync(mine, 'mine');
  mkdirSync(join(cwd, '.agent-paste/signing-keys'), { recursive: true, mode: 0o700 });
});

const place = (member: string) => join(cwd, '.agent-paste', member);

function expectEnd(what: string, { code, stdout, stderr }: { code: number | null; stdout: string; stderr: string }) {
  const said = `${what}: ${code} ${stdout}${stderr}`;
  expect([0, 1, 3, 5, 7], said).toContain(code);
  expect(stderr, said).not.toMatch(/^ +at |this is a bug/m);
  if (code === 7) expect(stderr, said).toMatch(/^error: [^\n]+\n([^\n]+\n)?$/);
}

describe.each(MEMBERS)('%s', (member) => {
  test.each<[string, (path: string) => void]>([
    ['a directory', (path) => mkdirSync(path, { mode: 0o700 })],
    [
      'a directory with a file in it',
      (path) => {
        mkdirSync(path, { mode: 0o700 });
        writeFileSync(join(path, 'x'), '');
      },
    ],
    ['a link to a file of the user', (path) => symlinkSync(mine, path)],
    ['a link to nothing', (path) => symlinkSync(join(cwd, 'nothing'), path)],
  ])('that is %s breaks no command, and nothing is written through it', async (_, put) => {
    put(place(member));
    for (const args of COMMANDS) expectEnd(args.join(' '), await command(args, { cwd }));
    expect(readFileSync(mine, 'utf8')).toBe('mine');
    expect(existsSync(join(cwd, 'nothing'))).toBe(false);
  });

  test.runIf(process.platform !== 'win32')('that is a pipe is not waited for', async () => {
    execFileSync('mkfifo', ['-m', '600', place(member)]);
    const waitless = async (args: readonly string[]) => {
      const result = await agentPaste(args, { cwd, killAfter: 120_000 });
      expectEnd(args.join(' '), result);
    };
    for (const args of [['mint'], ['doctor', '--port', '0'], ['reset', '--yes']]) await waitless(args);
  });

  test('that is a directory lets a server start, or is named by it', async () => {
    mkdirSync(place(member), { mode: 0o700 });
    const server = await serverProcess([], { cwd }).catch((error: Error) => error);
    if (!(server instanceof Error)) return expect(await server.stop()).toBe(0);
    expect(server.message).toMatch(/serve ended with 7/);
    return expect(server.message).toContain(member);
  });
});

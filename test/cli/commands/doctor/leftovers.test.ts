import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { guardState } from '../../../../src/machine/state-guard.ts';
import { agentPaste, BINARY } from '../../../support/binary.ts';
import { temporaryDirectory } from '../../../support/directory.ts';

let cwd: string;
let temporary: string;
let env: Record<string, string>;

beforeEach(() => {
  const directory = temporaryDirectory();
  onTestFinished(() => directory[Symbol.dispose]());
  cwd = directory.path;
  temporary = join(cwd, 'temporary');
  mkdirSync(temporary);
  env = { TMPDIR: temporary };
});

async function doctor(...args: string[]) {
  const { code, stdout, stderr } = await agentPaste(['doctor', '--json', '--port', '0', ...args], { cwd, env });
  expect(stderr).toBe('');
  const { findings } = JSON.parse(stdout) as { findings: { code: string; severity: string; message: string }[] };
  return { code, leftovers: findings.find((finding) => finding.code === 'leftovers') };
}

/** A program with a temporary directory, until it is killed. */
async function started(args: readonly string[], count = 1): Promise<ChildProcess> {
  const child = spawn(process.execPath, args, { cwd, env: { ...process.env, ...env }, stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const before = readdirSync(temporary).length;
  const watcher = watch(temporary, { recursive: true });
  const isThere = () => {
    const names = readdirSync(temporary);
    return names.length - before >= count && names.every((name) => existsSync(join(temporary, name, 'served.lock')));
  };
  while (!isThere()) await Promise.race([once(watcher, 'change'), once(child, 'exit')]);
  watcher.close();
  return child;
}

async function killed(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** Until its parent is gone, however long the test takes. */
const STAY = `const parent = process.ppid; setInterval(() => process.ppid === parent || process.exit(), 100);`;
const SLEEP = ['--', process.execPath, '-e', STAY];
const SCENARIO = `name: x\nserver: own\nsteps: [${'{wait: 60s}, '.repeat(20)}]\n`;

describe('a killed command', () => {
  test.each([
    ['exec', () => [BINARY, 'exec', ...SLEEP]],
    ['replay', () => [BINARY, 'replay', 'scenario.yaml']],
    [
      'the library in a test',
      () => [
        '--input-type=module',
        '-e',
        `import { startServer } from ${JSON.stringify(join(dirname(BINARY), '../dist/library/testing.js'))};
         await startServer(); setInterval(() => {}, 1000);`,
      ],
    ],
  ])('%s leaves what doctor finds, and removes with --fix alone', async (_, args) => {
    writeFileSync(join(cwd, 'scenario.yaml'), SCENARIO);
    const alive = await started(args());
    const [living = ''] = readdirSync(temporary);
    const dead = await started(args());
    const [left = ''] = readdirSync(temporary).filter((name) => name !== living);
    await killed(dead);

    expect((await doctor()).leftovers).toMatchObject({
      severity: 'ok',
      message: expect.stringContaining(join(temporary, left)),
    });
    expect(readdirSync(temporary).sort()).toEqual([living, left].sort());
    expect((await doctor('--fix')).leftovers?.message).toBe(
      `removed what killed commands left: ${join(temporary, left)}`,
    );
    expect(readdirSync(temporary)).toEqual([living]);
    expect((await doctor('--fix')).leftovers?.message).toBe('nothing to remove');
    await killed(alive);
    expect((await doctor('--fix')).leftovers?.message).toContain(living);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('is told apart from one that ended, of which nothing is left', async () => {
    await agentPaste(['exec', '--', process.execPath, '-e', ''], { cwd, env });
    expect(readdirSync(temporary)).toEqual([]);
    expect((await doctor()).leftovers?.message).toBe('nothing is left of killed commands');
  });

  test('is cleaned up after once by 8 processes', async () => {
    for (let each = 0; each < 3; each++) await killed(await started([BINARY, 'exec', ...SLEEP]));
    const left = readdirSync(temporary);
    expect(left).toHaveLength(3);
    const said = await Promise.all(Array.from({ length: 8 }, () => doctor('--fix')));
    for (const { leftovers } of said) expect(leftovers?.severity).toBe('ok');
    const named = said.flatMap(({ leftovers }) => leftovers?.message.match(/agent-paste-exec-\w{6}/g) ?? []);
    expect(named.sort()).toEqual([...left].sort());
    expect(readdirSync(temporary)).toEqual([]);
  });
});

describe('what is not provably ours stays', () => {
  const NAME = 'agent-paste-exec-abcdef';

  function made(mode = 0o700, lock: string | null = ''): string {
    const path = join(temporary, NAME);
    mkdirSync(path);
    writeFileSync(join(path, 'mine.txt'), 'mine');
    if (lock !== null) writeFileSync(join(path, 'in-use.lock'), lock, { mode: 0o600 });
    chmodSync(path, mode);
    return path;
  }

  test.each<[string, () => string]>([
    ['a directory without the lock', () => made(0o700, null)],
    ['a directory that others may enter', () => made(0o755)],
    ['a directory whose lock is another file', () => made(0o700, 'a file')],
    [
      'a link to a directory',
      () => {
        const path = made();
        symlinkSync(path, join(temporary, 'agent-paste-exec-ghijkl'));
        writeFileSync(join(path, 'in-use.lock'), 'no lock');
        return path;
      },
    ],
    [
      'a directory whose lock is a link',
      () => {
        const path = made(0o700, null);
        writeFileSync(join(cwd, 'empty'), '');
        symlinkSync(join(cwd, 'empty'), join(path, 'in-use.lock'));
        return path;
      },
    ],
    [
      'a directory of another name',
      () => {
        const path = join(temporary, 'agent-paste-exec-of-mine');
        mkdirSync(path, { mode: 0o700 });
        writeFileSync(join(path, 'in-use.lock'), '');
        return path;
      },
    ],
    ...(process.getuid?.() === 0
      ? [
          [
            'a directory of another user',
            () => {
              const path = made();
              chownSync(path, 65534, 65534);
              return path;
            },
          ] as [string, () => string],
        ]
      : []),
  ])('%s', async (_, make) => {
    const path = make();
    const names = readdirSync(path);
    expect((await doctor('--fix')).leftovers?.message).toBe('nothing to remove');
    expect(readdirSync(path)).toEqual(names);
  });

  test('what a link inside of a leftover points at', async () => {
    const path = made();
    writeFileSync(join(cwd, 'precious'), 'precious');
    symlinkSync(join(cwd, 'precious'), join(path, 'link'));
    symlinkSync(cwd, join(path, 'all'));
    expect((await doctor('--fix')).leftovers?.message).toContain(path);
    expect(existsSync(path)).toBe(false);
    expect(readFileSync(join(cwd, 'precious'), 'utf8')).toBe('precious');
  });
});

describe('files of the state that were being written', () => {
  const UNFINISHED = [
    'peppers.json.0123456789abcdef.tmp',
    'databases.json.0123456789abcdef.tmp',
    'signing-keys/first-key.json.00000000000000ff.tmp',
    'signing-keys/k.json.4711.tmp', // of an earlier version
  ];
  const FOREIGN = [
    'notes.tmp',
    'peppers.json.tmp',
    'signing-keys/k.json.backup',
    'peppers.json.0123456789abcdef.tmp.txt',
  ];

  async function stateWith(names: readonly string[]): Promise<string> {
    const state = join(cwd, '.agent-paste');
    await agentPaste(['mint'], { cwd, env });
    for (const name of names) writeFileSync(join(state, name), '{', { mode: 0o600 });
    return state;
  }

  test('are a warning, and go with --fix; other files stay', async () => {
    const state = await stateWith([...UNFINISHED, ...FOREIGN]);
    symlinkSync(join(state, 'notes.tmp'), join(state, 'peppers.json.fedcba9876543210.tmp'));
    const before = await doctor();
    expect(before.leftovers).toMatchObject({ severity: 'warning', remedy: 'Run `agent-paste doctor --fix`.' });
    for (const name of UNFINISHED) expect(before.leftovers?.message).toContain(join(state, name));
    const { leftovers } = await doctor('--fix');
    for (const name of UNFINISHED) {
      expect(leftovers?.message).toContain(join(state, name));
      expect(existsSync(join(state, name)), name).toBe(false);
    }
    for (const name of [...FOREIGN, 'peppers.json.fedcba9876543210.tmp'])
      expect(readdirSync(join(state, dirname(name))), name).toContain(name.replace(/.*\//, ''));
    expect((await doctor()).leftovers?.severity).toBe('ok');
  });

  test('are left alone while another process changes the state', async () => {
    const state = await stateWith(UNFINISHED);
    const guard = await guardState(state, 'agent-paste keys import');
    expect((await doctor()).leftovers).toMatchObject({ severity: 'ok' });
    const fixing = agentPaste(['doctor', '--port', '0', '--fix'], { cwd, env });
    expect(readdirSync(state)).toContain(UNFINISHED[0]);
    guard.release();
    expect((await fixing).stdout).toContain('removed what killed commands left');
    expect(readdirSync(state)).not.toContain(UNFINISHED[0]);
  });
});

test('a temporary directory that cannot be looked into is an error, and its variable is named', async () => {
  env = { TMPDIR: join(cwd, 'missing') };
  for (const args of [[], ['--fix']]) {
    const { code, leftovers } = await doctor(...args);
    expect(code).toBe(1);
    expect(leftovers).toMatchObject({ severity: 'error', remedy: expect.stringContaining('TMPDIR') });
  }
});

/** Only root can become another user. */
test.runIf(process.getuid?.() === 0)(
  'what another user is running in the temporary directory is not looked into',
  async () => {
    const theirs = join(temporary, 'agent-paste-exec-AAAAAA');
    mkdirSync(theirs, { mode: 0o700 });
    writeFileSync(join(theirs, 'in-use.lock'), '');
    for (const path of [cwd, temporary]) chmodSync(path, 0o777);
    const module = new URL('../../../../src/machine/temporary-directory.ts', import.meta.url).href;
    const script = `const { abandonedDirectories } = await import(${JSON.stringify(module)});
    process.setuid(65534);
    process.stdout.write(JSON.stringify(abandonedDirectories()));`;
    const found = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: '/',
      env,
      encoding: 'utf8',
    });
    expect({ stdout: found.stdout, stderr: found.stderr }).toEqual({ stdout: '[]', stderr: '' });
    expect(existsSync(theirs)).toBe(true);
  },
);

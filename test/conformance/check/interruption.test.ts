/** Ctrl-C in a check: what is known so far is told and reported, and nothing stays at the issuer. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { INVARIANT_IDS } from '../../../src/conformance/check/invariants/ids.ts';
import { BINARY } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { testServer } from '../../support/server.ts';
import { scriptedServer } from '../replay/scripted-server.ts';

function check(cwd: string, args: readonly string[], stateDir: string, temporary = '.'): ChildProcess {
  return spawn(process.execPath, [BINARY, 'check', '--report', 'json=r.json', ...args], {
    cwd,
    env: { AGENT_PASTE_STATE_DIR: stateDir, TMPDIR: join(cwd, temporary) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function ended(child: ChildProcess) {
  const [stdout, stderr] = await Promise.all([
    text(child.stdout as NodeJS.ReadableStream),
    text(child.stderr as NodeJS.ReadableStream),
    once(child, 'close'),
  ]);
  return { code: child.exitCode, stdout, stderr };
}

interface Case {
  readonly id: string;
  readonly status: string;
  readonly message?: string;
}

const reported = (cwd: string): readonly Case[] => JSON.parse(readFileSync(join(cwd, 'r.json'), 'utf8')).cases;
const IDS = [...INVARIANT_IDS, 'whole-run'];

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s in the middle tells the verdict so far, and takes users and keys away', async (signal, code) => {
  await using server = await testServer();
  using directory = temporaryDirectory();
  const before = server.keyring.list().length;
  const child = check(directory.path, ['--url', server.url, '--repeat', '1000'], server.paths.directory);
  const end = ended(child);
  await expect.poll(() => server.logged.length, { timeout: 60_000 }).toBeGreaterThan(300);
  child.kill(signal);
  const result = await end;
  expect({ code: result.code, stderr: result.stderr }).toMatchObject({ code });
  const line = result.stdout.trimEnd().split('\n').at(-1);
  expect(line).toMatch(new RegExp(`^stopped by ${signal}: 0 passed, 0 failed, \\d+ in part, \\d+ skipped \\(seed `));
  const cases = reported(directory.path);
  expect(cases.map(({ id }) => id)).toEqual(IDS);
  expect(cases.at(-1)).toMatchObject({ status: 'failed', message: `${signal} stopped the run before its end` });
  expect(cases.filter(({ status }) => status === 'failed')).toHaveLength(1);
  expect(server.keyring.list()).toHaveLength(before);
});

test('--json has the verdict so far and the signal', async () => {
  await using server = await testServer();
  using directory = temporaryDirectory();
  const args = ['--url', server.url, '--only', 'replay-identical', '--repeat', '100000', '--json'];
  const child = check(directory.path, args, server.paths.directory);
  const end = ended(child);
  await expect.poll(() => server.logged.length, { timeout: 60_000 }).toBeGreaterThan(100);
  child.kill('SIGINT');
  const { code, stdout } = await end;
  expect(code).toBe(130);
  expect(JSON.parse(stdout)).toMatchObject({
    ok: false,
    stopped: 'SIGINT',
    invariants: [{ id: 'replay-identical', status: 'part', reason: 'the check was stopped before its end' }],
  });
});

test('before anything is judged, the report says so', async () => {
  await using issuer = await testServer();
  using directory = temporaryDirectory();
  let child: ChildProcess | undefined;
  await using silent = await scriptedServer(() => void child?.kill('SIGINT'));
  child = check(directory.path, ['--url', silent.url], issuer.paths.directory);
  const { code, stdout, stderr } = await ended(child);
  expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
  expect(stderr).toContain('stopped by SIGINT before anything was judged');
  const cases = reported(directory.path);
  expect(cases.map(({ id }) => id)).toEqual(IDS);
  expect(cases.slice(0, -1).every(({ status }) => status === 'skipped')).toBe(true);
});

test('--self-test has the bugs that were tried, and leaves no process or file', async () => {
  using directory = temporaryDirectory();
  mkdirSync(join(directory.path, 'tmp'));
  const child = check(directory.path, ['--self-test'], directory.path, 'tmp');
  const end = ended(child);
  await expect
    .poll(() => readdirSync(join(directory.path, 'tmp'), { recursive: true }).length, { timeout: 60_000 })
    .toBeGreaterThan(5);
  child.kill('SIGINT');
  const { code, stdout } = await end;
  expect(code).toBe(130);
  expect(stdout).toMatch(/^0 of 0 bugs caught\nstopped: \d+ bugs were not tried\n$/m);
  expect(reported(directory.path)).toMatchObject([{ id: 'whole-run', status: 'failed' }]);
  expect(readdirSync(join(directory.path, 'tmp'))).toEqual([]);
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { INVARIANT_IDS } from '../../../src/conformance/check/invariants/ids.ts';
import { INVARIANTS } from '../../../src/conformance/check/invariants/invariants.ts';
import { agentPaste, BINARY, type RunOptions, serverProcess } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';

interface Verdict {
  readonly ok: boolean;
  readonly seed: number;
  readonly failed: number;
  readonly invariants: readonly {
    readonly id: string;
    readonly status: string;
    readonly observed: string | null;
    readonly rounds: number;
    readonly reproduce: string | null;
  }[];
}

async function check(args: readonly string[], options: RunOptions = {}) {
  const { code, stdout, stderr } = await agentPaste(['check', '--json', ...args], options);
  return { code, stderr, verdict: (stdout === '' ? undefined : JSON.parse(stdout)) as Verdict };
}

describe('check without --url', () => {
  test('passes every invariant on its own server', async () => {
    const { code, verdict } = await check([]);
    expect(verdict.invariants.filter(({ status }) => status !== 'passed')).toEqual([]);
    expect(verdict.invariants.map(({ id }) => id)).toEqual(INVARIANT_IDS);
    expect(code).toBe(0);
  });

  test('leaves no file behind', async () => {
    using directory = temporaryDirectory();
    const { code } = await check(['--only', 'survives-restart,replay-identical'], { env: { TMPDIR: directory.path } });
    expect(code).toBe(0);
    expect(readdirSync(directory.path)).toEqual([]);
  });

  test('ends its servers even when killed', async () => {
    using directory = temporaryDirectory();
    // A server that runs has a log beside its database; one that stopped in order has none.
    const logs = () => readdirSync(directory.path, { recursive: true }).filter((name) => `${name}`.endsWith('.db-wal'));
    const check = spawn(process.execPath, [BINARY, 'check'], { env: { TMPDIR: directory.path }, stdio: 'ignore' });
    await expect.poll(logs).not.toEqual([]);
    check.kill('SIGKILL');
    await once(check, 'close');
    await expect.poll(logs).toEqual([]);
  });

  test('ignores the settings of its caller', async () => {
    const env = {
      WORKOS_ISSUER: 'https://issuer.example',
      AGENT_PASTE_IDEMPOTENCY_TTL: '1s',
      AGENT_PASTE_HOLD: 'before-send=10m',
    };
    const { code } = await check(['--only', 'replay-identical'], { env });
    expect(code).toBe(0);
  });

  test('passes the concurrent invariants repeatedly', async () => {
    const concurrent = INVARIANT_IDS.filter((id) => INVARIANTS[id].concurrent);
    const { verdict } = await check(['--only', concurrent.join(','), '--repeat', '10']);
    expect(verdict.invariants.map(({ status, rounds }) => [status, rounds])).toEqual(
      concurrent.map(() => ['passed', 10]),
    );
  });

  test('exits 130 on Ctrl-C, and leaves no process or file', async () => {
    using directory = temporaryDirectory();
    const child = spawn(process.execPath, [BINARY, 'check', '--repeat', '1000'], {
      stdio: 'ignore',
      env: { TMPDIR: directory.path },
    });
    const exited = once(child, 'exit');
    // Once the databases are there, the server is about to be ready.
    await expect
      .poll(() => readdirSync(directory.path, { recursive: true }).length, { timeout: 20_000 })
      .toBeGreaterThan(5);
    child.kill('SIGINT');
    expect(await exited).toEqual([130, null]);
    expect(readdirSync(directory.path)).toEqual([]);
  });

  test('selects invariants by name with --skip and --only', async () => {
    const { verdict } = await check(['--only', 'sid-fallback,email-refreshes', '--skip', 'sid-fallback']);
    expect(verdict.invariants.map(({ id }) => id)).toEqual(['email-refreshes']);
  });

  test.each([
    [['--only', 'replay-identica'], 'did you mean replay-identical?'],
    [['--skip', 'nonsense'], 'no invariant is called'],
    [['--only', 'sid-fallback', '--skip', 'sid-fallback'], 'nothing to check'],
    [['--repeat', '0'], '--repeat'],
    [['--seed', 'x'], '--seed'],
    [['--report', 'html=x'], '--report'],
  ])('rejects %j as a usage error', async (args, complaint) => {
    const { code, stderr } = await check(args);
    expect(code).toBe(2);
    expect(stderr).toContain(complaint);
  });

  test('lists every invariant with its meaning and needs with --list', async () => {
    const { stdout } = await agentPaste(['check', '--list', '--json']);
    const rows = JSON.parse(stdout).invariants as { id: string; meaning: string; needs: string }[];
    expect(rows.map(({ id }) => id)).toEqual(INVARIANT_IDS);
    expect(rows.every(({ meaning, needs }) => meaning !== '' && needs !== '')).toBe(true);
  });
});

describe('a server with a bug', () => {
  test('fails with the observed value and a reproducing command, on screen and in reports', async () => {
    using directory = temporaryDirectory();
    await using server = await serverProcess(['--bug', 'email-frozen'], { cwd: directory.path });
    await expect.poll(server.stderr).toContain('BROKEN ON PURPOSE: email-frozen');
    const args = ['--url', server.ready.url, '--only', 'email-refreshes,sid-fallback'];
    const reports = ['--report', 'junit=junit.xml', '--report', 'json=report.json', '--report', 'tap=report.tap'];
    const { code, verdict } = await check([...args, ...reports], { cwd: directory.path });
    expect(code).toBe(1);
    expect(verdict.invariants).toMatchObject([
      { id: 'sid-fallback', status: 'passed' },
      { id: 'email-refreshes', status: 'failed', observed: expect.stringContaining('WorkOS has renamed+') },
    ]);

    const report = (name: string) => readFileSync(join(directory.path, name), 'utf8');
    expect(JSON.parse(report('report.json'))).toMatchObject({
      ok: false,
      counts: { passed: 1, failed: 1, skipped: 0 },
    });
    expect(report('junit.xml')).toContain('<failure type="email-refreshes"');
    expect(report('report.tap')).toContain('not ok 2 - email-refreshes');

    const [, ...again] = verdict.invariants[1]?.reproduce?.split(' ') ?? [];
    const reproduced = await agentPaste(again, { cwd: directory.path });
    expect(reproduced.code).toBe(1);
    expect(reproduced.stdout).toContain('FAIL  email-refreshes');
  });

  test('makes the same users from the same seed, who can sign in for the first time only once', async () => {
    using directory = temporaryDirectory();
    await using server = await serverProcess([], { cwd: directory.path });
    const args = ['--url', server.ready.url, '--only', 'replay-identical', '--seed', '7'];
    expect((await check(args, { cwd: directory.path })).code).toBe(0);
    const { code, stderr } = await check(args, { cwd: directory.path });
    expect(code).toBe(6);
    expect(stderr).toContain('seed 7');
  });
});

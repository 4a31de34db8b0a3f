/** Ctrl-C in a run: what is known so far is told and reported, and the exit code is that of the signal. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { XMLParser } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import { BINARY } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { callbackAnswer, json, scriptedServer } from './scripted-server.ts';

type Answer = (response: ServerResponse, n: number) => void;

interface Stopped {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly cases: readonly { readonly id: string; readonly status: string; readonly message?: string }[];
  readonly junit: { readonly failures: string; readonly skipped: string } | undefined;
  readonly left: readonly string[];
}

/** Sends the signals when the server has got the request of that number, which it does not answer. */
async function stopped(
  args: readonly string[],
  at: number,
  {
    signals = ['SIGINT'] as readonly NodeJS.Signals[],
    files = {} as Readonly<Record<string, string>>,
    answer = ((response) => json(response, 200, callbackAnswer('seen'))) as Answer,
  } = {},
): Promise<Stopped> {
  let child: ChildProcess | undefined;
  await using server = await scriptedServer((response, n) => {
    if (n < at) answer(response, n);
    if (n === at) for (const signal of signals) child?.kill(signal);
  });
  using directory = temporaryDirectory();
  const cwd = directory.path;
  mkdirSync(join(cwd, 'tmp'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(cwd, name), content);
  const reports = ['--report', 'junit=r.xml', '--report', 'json=r.json', '--save', 't.json'];
  child = spawn(process.execPath, [BINARY, 'replay', ...args, ...reports], {
    cwd,
    env: { AGENT_PASTE_API_URL: server.url, TMPDIR: join(cwd, 'tmp') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  const [stdout, stderr] = await Promise.all([
    text(child.stdout as NodeJS.ReadableStream),
    text(child.stderr as NodeJS.ReadableStream),
    closed,
  ]);
  const read = (name: string) => (existsSync(join(cwd, name)) ? readFileSync(join(cwd, name), 'utf8') : undefined);
  const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' });
  expect(existsSync(join(cwd, 't.json'))).toBe(false);
  return {
    code: child.exitCode,
    signal: child.signalCode,
    stdout,
    stderr,
    cases: JSON.parse(read('r.json') ?? '{"cases":[]}').cases,
    junit: parser.parse(read('r.xml') ?? '').testsuites?.testsuite,
    left: readdirSync(join(cwd, 'tmp')),
  };
}

const last = ({ stdout }: Stopped) => stdout.trimEnd().split('\n').at(-1);
const WHOLE_RUN = { id: 'whole-run', status: 'failed' };

describe('a run of sends', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('says after %s what is known so far', async (signal, code) => {
    const result = await stopped(['--times', '50'], 12, { signals: [signal] });
    expect(result.code).toBe(code);
    expect(last(result)).toBe(`stopped by ${signal}: 11 sends: 1 seen, 10 replayed; 39 of 50 were not answered`);
    expect(result.stderr).toBe('A run that was stopped leaves no tape.\n');
    expect(result.cases.map(({ id, status }) => `${id} ${status}`)).toEqual([
      'readable-answer passed',
      'accepted passed',
      'settled passed',
      'same-key-same-answer passed',
      'whole-run failed',
    ]);
    expect(result.cases.at(-1)?.message).toBe(`${signal} stopped the run before its end`);
    expect(result.junit).toMatchObject({ failures: '1' });
  });

  test('says so in its document too', async () => {
    const { code, stdout } = await stopped(['--times', '50', '--json'], 4);
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, stopped: 'SIGINT', sends: [{ n: 1 }, { n: 2 }, { n: 3 }] });
  });

  test('before its first answer knows nothing', async () => {
    const result = await stopped(['--times', '3'], 1);
    expect(result.code).toBe(130);
    expect(last(result)).toBe('stopped by SIGINT: 3 of 3 were not answered');
    expect(result.cases).toMatchObject(
      [1, 2, 3].map((n) => ({ id: `send-${n}`, status: 'skipped' })).concat(WHOLE_RUN),
    );
  });

  test('shows a broken rule, whose exit code gives way to that of the signal', async () => {
    const result = await stopped(['--times', '9', '--concurrency', '2'], 6, {
      answer: (response, n) => json(response, 200, callbackAnswer('seen', String(n))),
    });
    expect(result.code).toBe(130);
    expect(result.stdout).toContain('another answer for the same key');
    expect(last(result)).toMatch(/^FAILED: 1 violation; \d sends: .*; stopped by SIGINT$/);
  });

  test('together blames no send for an expectation that a missing one may meet', async () => {
    const args = ['--times', '9', '--concurrency', '9', '--expect', 'provisioned,replayed'];
    const result = await stopped(args, 6, {
      answer: (response) => json(response, 200, callbackAnswer('seen'), { 'idempotency-replayed': 'true' }),
    });
    expect(last(result)).toBe('stopped by SIGINT: 5 sends: 5 replayed; 4 of 9 were not answered');
  });

  test('while it waits to send again', async () => {
    const result = await stopped(['--times', '3', '--retry'], 3, {
      answer: (response, n) =>
        n === 1 ? json(response, 200, callbackAnswer('seen')) : json(response, 503, { error: { code: 'x' } }),
    });
    expect(result.code).toBe(130);
    expect(last(result)).toBe('stopped by SIGINT: 1 send: 1 seen; 2 of 3 were not answered');
  });
});

test('a run of a tape says what is known so far', async () => {
  const send = { email: null, claims: null, faults: [], key: null, status: 401, outcome: 'refused', code: null };
  const sends = [1, 2, 3].map((n) => ({ n, ...send, reason: null, sha256: '0'.repeat(64) }));
  const tape = JSON.stringify({ tape: 'agent-paste', schema_version: 1, sends });
  const result = await stopped(['tape.json'], 2, { files: { 'tape.json': tape } });
  expect(result.code).toBe(130);
  expect(last(result)).toBe('stopped by SIGINT: 1 send: 1 seen; 2 of 3 were not answered');
});

describe('a run of scenarios', () => {
  const first =
    'name: first\nsteps:\n  - id: a\n    send: { times: 2, jti: jti_1 }\n  - id: b\n    send: { token: a }\n';
  const second = [
    'name: second',
    'steps:',
    '  - id: c',
    '    send: { times: 4, concurrency: 1 }',
    '    expect: { outcomes: { seen: 1, replayed: 3 } }',
    '  - id: d',
    '    send: {}',
  ].join('\n');
  const files = { 'first.yaml': first, 'second.yaml': second };

  test('says which of them it ran, and judges no step by the sends that are missing', async () => {
    const result = await stopped(['first.yaml', 'second.yaml'], 6, { files });
    expect(result.code).toBe(130);
    expect(last(result)).toMatch(/^stopped by SIGINT: 5 sends: .*; 1 of 2 scenarios were run to their end$/);
    expect(result.cases).toMatchObject([
      { id: 'first: a', status: 'passed' },
      { id: 'first: b', status: 'passed' },
      { id: 'second: c', status: 'skipped' },
      { id: 'second: d', status: 'skipped' },
      WHOLE_RUN,
    ]);
  });

  test('says in its document which of them hold', async () => {
    const { stdout } = await stopped(['first.yaml', 'second.yaml', 'first.yaml', '--json'], 5, { files });
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      stopped: 'SIGINT',
      scenarios: [{ ok: true }, { ok: null }, { ok: null }],
    });
  });

  test('removes the state of its own servers', async () => {
    const own = 'name: own\nserver: own\nsteps:\n  - send: {}\n';
    const result = await stopped(['own.yaml', 'second.yaml', 'own.yaml'], 2, { files: { ...files, 'own.yaml': own } });
    expect(result).toMatchObject({ code: 130, left: [] });
  });
});

test('a signal that arrives again at once, as npx passes it on, changes nothing', async () => {
  const result = await stopped(['--times', '50'], 12, { signals: ['SIGINT', 'SIGTERM', 'SIGINT'] });
  const name = /^stopped by (SIG\w+): 11 sends/.exec(last(result) ?? '')?.[1];
  expect(result.code).toBe({ SIGINT: 130, SIGTERM: 143 }[name ?? '']);
});

test('a second signal ends the run at once, where no reader takes the verdict', async () => {
  let child: ChildProcess | undefined;
  await using server = await scriptedServer((response, n) => {
    if (n < 1000) json(response, 200, callbackAnswer('seen'));
    else child?.kill('SIGINT');
  });
  using directory = temporaryDirectory();
  child = spawn(process.execPath, [BINARY, 'replay', '--times', '2000', '--json', '--report', 'json=r.json'], {
    cwd: directory.path,
    env: { AGENT_PASTE_API_URL: server.url },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await expect.poll(() => existsSync(join(directory.path, 'r.json')), { timeout: 60_000 }).toBe(true);
  await expect
    .poll(() => {
      child?.kill('SIGINT');
      return child?.signalCode;
    })
    .toBe('SIGINT');
});

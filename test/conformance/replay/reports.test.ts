import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { Parser } from 'tap-parser';
import { describe, expect, test } from 'vitest';
import { githubAnnotations, githubSummary } from '../../../src/conformance/reports/github.ts';
import { REPORT_FORMS, type Report } from '../../../src/conformance/reports/reports.ts';
import { agentPaste } from '../../support/binary.ts';
import { command } from '../../support/command.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { callbackAnswer, json, scriptedServer } from './scripted-server.ts';

/** Everything that a form could trip over. */
const NASTY =
  'a <b> & "c" \'d\' ]]> --> # not \\ |x| \u0000\u0007\u001b[31m\u0085\u2028\ud800\uffff é 𝄞\r\nok 99 - e\n  ...\n::error::f';

const report: Report = {
  name: `suite ${NASTY}`,
  // Less than the sum of the cases, which ran side by side.
  milliseconds: 1504,
  summary: [NASTY, 'p50 1.0 ms'],
  cases: [
    { id: 'first', description: 'all good', status: 'passed', milliseconds: 12.4, output: NASTY },
    {
      id: 'second',
      description: NASTY,
      status: 'failed',
      message: NASTY,
      expected: NASTY,
      observed: NASTY,
      reproduce: "agent-paste replay --jti 'a b'",
      milliseconds: 1500,
    },
    { id: 'third', description: '', status: 'skipped', message: `needs its process # ${NASTY}`, milliseconds: 0 },
  ],
};

describe('JUnit XML', () => {
  const text = REPORT_FORMS.junit(report);

  test('is well-formed for any text', () => {
    expect(XMLValidator.validate(text)).toBe(true);
    // XML 1.0 section 2.2: what no document may hold.
    expect(text).not.toMatch(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u);
  });

  test('has counts, times, and a failure with expected value, observed value and a command', () => {
    const parsed = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' }).parse(text);
    const suite = parsed.testsuites.testsuite;
    expect(suite).toMatchObject({ tests: '3', failures: '1', errors: '0', skipped: '1', time: '1.504' });
    const [first, second, third] = suite.testcase;
    expect(first).toMatchObject({ name: 'first: all good', time: '0.012' });
    expect(first.failure).toBeUndefined();
    expect(first['system-out']).toContain('a <b> & "c"');
    expect(second.failure.type).toBe('second');
    expect(second.failure['#text']).toContain("reproduce: agent-paste replay --jti 'a b'");
    expect(second.failure['#text']).toContain('expected: a <b> & "c" \'d\' ]]>');
    expect(third.skipped.message).toContain('needs its process');
  });
});

test('writes a TAP 14 point with diagnostics for each case, and escapes its lines', () => {
  const points: { ok: boolean; id: number; name: string; skip: unknown; diag: unknown }[] = [];
  const parser = new Parser({ strict: true });
  parser.on('assert', (point) => points.push(point));
  const bad: unknown[] = [];
  parser.on('extra', (line) => bad.push(line));
  parser.end(REPORT_FORMS.tap(report));
  expect(bad).toEqual([]);
  expect(parser.results).toMatchObject({ count: 3, pass: 2, fail: 1, skip: 1, plan: { start: 1, end: 3 } });
  expect(points.map(({ ok, id }) => `${id} ${ok}`)).toEqual(['1 true', '2 false', '3 true']);
  expect(points[1]?.name).toMatch(/^second: a <b> & "c"/);
  expect(points[1]?.diag).toMatchObject({ message: NASTY.toWellFormed(), reproduce: "agent-paste replay --jti 'a b'" });
  expect(points[2]?.skip).toBeTruthy();
});

test('writes everything as JSON', () => {
  expect(JSON.parse(REPORT_FORMS.json(report))).toMatchObject({
    schema_version: 1,
    ok: false,
    counts: { passed: 1, failed: 1, skipped: 1 },
    cases: [{ id: 'first' }, { id: 'second', expected: NASTY }, { id: 'third' }],
  });
});

describe('GitHub', () => {
  test('gets one annotation of one line for each failed case', () => {
    const lines = githubAnnotations(report);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^::error title=suite a <b>[^\r\n]*%3A second::a <b>[^\r\n]*$/);
  });

  test('gets a table with escaped rows', () => {
    const rows = githubSummary(report)
      .split('\n')
      .filter((line) => line.startsWith('|'));
    expect(rows).toHaveLength(5);
    for (const row of rows) expect(row.match(/\|/g)).toHaveLength(4);
    expect(rows[3]).not.toMatch(/<b>|\*|\[|`/);
  });
});

test('writes every format, and annotations and a summary on GitHub', async () => {
  await using server = await scriptedServer((response, n) => json(response, 200, callbackAnswer('seen', String(n))));
  using directory = temporaryDirectory();
  const summary = join(directory.path, 'summary.md');
  writeFileSync(summary, 'before\n');
  const reports = ['junit=r.xml', 'tap=r.tap', 'json=r.json'].flatMap((value) => ['--report', value]);
  const { code, stdout, stderr } = await agentPaste(['replay', '--times', '3', '--jti', 'jti_1', ...reports], {
    cwd: directory.path,
    env: { AGENT_PASTE_API_URL: server.url, GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary },
  });
  expect(code).toBe(1);
  const read = (name: string) => readFileSync(join(directory.path, name), 'utf8');
  const xml = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' }).parse(read('r.xml'));
  expect(xml.testsuites.testsuite).toMatchObject({ name: 'replay', tests: '3', failures: '2' });
  expect(Parser.parse(read('r.tap')).filter(([kind]) => kind === 'assert')).toHaveLength(3);
  expect(JSON.parse(read('r.json')).counts).toEqual({ passed: 1, failed: 2, skipped: 0 });
  expect(stderr.match(/^::error title=replay%3A send-\d::another answer for the same key/gm)).toHaveLength(2);
  expect(stdout).not.toContain('::error');
  expect(read('summary.md')).toMatch(/^before\n### replay: 1 passed, 2 failed, 0 skipped\n/);
});

test.each([
  ['a directory', (path: string) => mkdirSync(path)],
  ['a link to a full disk', (path: string) => symlinkSync('/dev/full', path)],
  ['a link to nothing', (path: string) => symlinkSync('/nowhere/summary.md', path)],
  ['a pipe that no process reads', (path: string) => execFileSync('mkfifo', [path])],
  ['in a folder that is not there', (path: string) => rmSync(join(path, '..'), { recursive: true })],
  [
    'in the place of a folder',
    (path: string) => {
      rmSync(join(path, '..'), { recursive: true });
      writeFileSync(join(path, '..'), '');
    },
  ],
])('a summary of GitHub that is %s is a warning, and the verdict stands', async (_, put) => {
  await using server = await scriptedServer((response) => json(response, 200, callbackAnswer('seen', '1')));
  using directory = temporaryDirectory();
  const summary = join(directory.path, 'runner', 'summary.md');
  mkdirSync(join(directory.path, 'runner'));
  put(summary);
  for (const [expected, code] of [
    ['seen', 0],
    ['provisioned', 1],
  ] as const) {
    const { code: ended, stderr } = await agentPaste(['replay', '--jti', 'jti_1', '--expect', expected], {
      cwd: directory.path,
      env: { AGENT_PASTE_API_URL: server.url, GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary },
    });
    expect(ended, stderr).toBe(code);
    expect(stderr).toContain(`warning: GITHUB_STEP_SUMMARY ${summary} cannot be written: `);
  }
});

test('leaves no complete-looking report of an aborted run', async () => {
  using directory = temporaryDirectory();
  const args = ['replay', '--url', 'http://127.0.0.1:1', '--report', 'junit=r.xml', '--save', 't.json'];
  const { code } = await command(args, { cwd: directory.path });
  expect(code).toBe(3);
  expect(existsSync(join(directory.path, 'r.xml'))).toBe(false);
  expect(existsSync(join(directory.path, 't.json'))).toBe(false);
});

describe.each([
  ['replay', ['replay', '--jti', 'jti_1', '--expect', 'seen'], '1 send: 1 seen'],
  ['replay, with a tape', ['replay', '--jti', 'jti_1', '--expect', 'seen', '--save', 'tape.json'], '1 send: 1 seen'],
  ['a verdict that is no', ['replay', '--jti', 'jti_1', '--expect', 'provisioned'], 'FAILED'],
  ['check', ['check', '--only', 'replay-identical'], 'replay-identical'],
])('%s', (_, args, said) => {
  test.skipIf(!existsSync('/dev/full'))(
    'shows its verdict, and writes the other reports, when the disk is full',
    async () => {
      await using server = await scriptedServer((response) => json(response, 200, callbackAnswer('seen', '1')));
      using directory = temporaryDirectory();
      symlinkSync('/dev/full', join(directory.path, 'r.xml'));
      const env: Record<string, string> = {
        GITHUB_ACTIONS: 'true',
        GITHUB_STEP_SUMMARY: join(directory.path, 'summary.md'),
      };
      if (args[0] === 'replay') env.AGENT_PASTE_API_URL = server.url;
      const { code, stdout, stderr } = await agentPaste([...args, '--report', 'junit=r.xml', '--report', 'tap=r.tap'], {
        cwd: directory.path,
        env,
      });
      expect(code).toBe(2);
      expect(stderr).toMatch(/^error: cannot write .*r\.xml: no space left on device \(ENOSPC\)$/m);
      expect(stdout).toContain(said);
      const points = Parser.parse(readFileSync(join(directory.path, 'r.tap'), 'utf8'));
      expect(points.map(([kind]) => kind)).toContain('complete');
      expect(readFileSync(join(directory.path, 'summary.md'), 'utf8')).toMatch(/^### .*(replay|check)/);
    },
  );
});

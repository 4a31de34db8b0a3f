/** More sends than a person reads: counts, latencies and the odd ones, in every form of the verdict. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { Parser } from 'tap-parser';
import { describe, expect, test } from 'vitest';
import { casesOf } from '../../../src/cli/commands/replay/cases.ts';
import { sendTable } from '../../../src/cli/commands/replay/send-table.ts';
import { latencyLine, oddSends } from '../../../src/cli/commands/replay/summary.ts';
import type { PlacedSend } from '../../../src/conformance/replay/document.ts';
import { judgeSends } from '../../../src/conformance/replay/verdict.ts';
import { command } from '../../support/command.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { callbackAnswer, json, refused, scriptedServer } from './scripted-server.ts';

type Answer = Parameters<typeof scriptedServer>[0];

const remembers: Answer = (response, n) =>
  json(response, 200, callbackAnswer('provisioned'), n === 1 ? {} : { 'idempotency-replayed': 'true' });
/** Says no to every tenth. */
const refuses: Answer = (response, n) =>
  n % 10 === 0
    ? json(response, 401, refused('not_authenticated', 'expired'))
    : remembers(response, n, undefined as never);

async function replayed(answer: Answer, args: readonly string[], files: Readonly<Record<string, string>> = {}) {
  await using server = await scriptedServer(answer);
  using directory = temporaryDirectory();
  const cwd = directory.path;
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  const reports = ['--report', 'junit=r.xml', '--report', 'tap=r.tap', '--report', 'json=r.json'];
  const { code, stdout, stderr } = await command(['replay', ...args, ...reports], {
    cwd,
    env: { AGENT_PASTE_API_URL: server.url, GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: join(cwd, 'summary.md') },
  });
  const read = (name: string) => readFileSync(join(cwd, name), 'utf8');
  const suite = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' }).parse(read('r.xml')).testsuites
    .testsuite;
  return {
    code,
    lines: stdout.trimEnd().split('\n'),
    stdout,
    annotations: stderr.split('\n').filter((line) => line.startsWith('::error')),
    suite,
    names: [suite.testcase].flat().map(({ name }: { name: string }) => name),
    summary: read('summary.md'),
    tap: read('r.tap'),
    json: JSON.parse(read('r.json')),
  };
}

const LATENCY = /^p50 \d+\.\d ms, p95 \d+\.\d ms, max \d+\.\d ms \(send \d+\)$/;
const RULES = [
  'readable-answer: every answer is one of the contract',
  'accepted: every callback is accepted',
  'settled: every callback gets a final answer, not 409, 429 or 5xx',
  'same-key-same-answer: one key always gets the same status and bytes',
];

describe('up to 20 sends', () => {
  test('have a row and a case each', async () => {
    const { lines, names } = await replayed(remembers, ['--times', '20']);
    expect(lines).toHaveLength(22);
    expect(names).toEqual(Array.from({ length: 20 }, (_, index) => `send-${index + 1}`));
  });
});

describe('more than 20 sends', () => {
  test('that hold are counts, latencies and the first of its kind', async () => {
    const { code, lines, names, suite, tap, summary, annotations } = await replayed(remembers, ['--times', '60']);
    expect({ code, annotations }).toEqual({ code: 0, annotations: [] });
    expect(lines).toHaveLength(4);
    expect(lines[1]).toMatch(/^1 +workos-jti:\S+ +200 +provisioned /);
    expect(lines[2]).toMatch(LATENCY);
    expect(lines[3]).toBe('ok: 60 sends: 1 provisioned, 59 replayed');
    expect(names).toEqual(RULES);
    expect(suite['system-out'].split('\n')).toEqual([
      '60 sends: 1 provisioned, 59 replayed',
      expect.stringMatching(LATENCY),
    ]);
    expect(Parser.parse(tap).filter(([kind]) => kind === 'assert')).toHaveLength(4);
    expect(tap).toContain('\n# 60 sends: 1 provisioned, 59 replayed\n');
    expect(summary).toMatch(/^### replay: 4 passed, 0 failed, 0 skipped\n\n60 sends: 1 provisioned, 59 replayed\np50 /);
    expect(summary.match(/^\| ✅ /gm)).toHaveLength(4);
  });

  test('of which some break a rule have the same cases, and show the broken ones', async () => {
    const { code, lines, names, suite, annotations, summary } = await replayed(refuses, ['--times', '60']);
    expect(code).toBe(1);
    expect(names).toEqual(RULES);
    expect(lines.filter((line) => /refused expired/.test(line)).length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThan(25);
    expect(suite).toMatchObject({ tests: '4', failures: '2' });
    const accepted = suite.testcase[1].failure;
    expect(accepted).toMatchObject({ type: 'accepted', message: 'not accepted (1 of 60 sends)' });
    expect(accepted['#text']).toContain('expected: 200\nobserved: 401 expired\nreproduce: agent-paste replay');
    expect(annotations).toHaveLength(2);
    expect(summary).toContain('### replay: 2 passed, 2 failed, 0 skipped');
  });

  test('show ten of the odd ones, and how many more there are', async () => {
    const { lines } = await replayed(
      (response, n) => json(response, 200, callbackAnswer('provisioned', String(n))),
      ['--times', '60'],
    );
    expect(lines.filter((line) => /^\d+ +workos-jti:/.test(line))).toHaveLength(10);
    expect(lines).toContain('and 49 more of these; --verbose shows every send');
  });

  test('have a row and a case each with --verbose', async () => {
    const { lines, names } = await replayed(remembers, ['--times', '21', '--verbose']);
    expect(lines).toHaveLength(23);
    expect(names).toHaveLength(21);
  });

  test('are all in the document of --json', async () => {
    const { stdout } = await replayed(remembers, ['--times', '60', '--json']);
    expect(JSON.parse(stdout).sends).toHaveLength(60);
  });

  test.each([
    [
      ['--expect', 'provisioned,replayed'],
      ['readable-answer', 'expected-outcome', 'same-key-same-answer'],
    ],
    [
      ['--expect', '200'],
      ['readable-answer', 'expected-status', 'same-key-same-answer'],
    ],
    [
      ['--expect', 'provisioned,200'],
      ['readable-answer', 'expected-outcome', 'expected-status', 'same-key-same-answer'],
    ],
  ])('have the rules of %j, whatever is answered', async (args, rules) => {
    for (const answer of [remembers, refuses]) {
      const { json } = await replayed(answer, ['--times', '30', ...args]);
      expect(json.cases.map(({ id }: { id: string }) => id)).toEqual(rules);
    }
  });

  test('of a step are counted below the name of their scenario, and are one case', async () => {
    const text = 'name: many\nsteps:\n  - id: storm\n    send: { times: 40, jti: jti_1 }\n';
    const { code, lines, suite } = await replayed(remembers, ['s.yaml'], { 's.yaml': text });
    expect(code).toBe(0);
    expect(lines[0]).toBe('many');
    expect(lines.slice(-3)).toEqual([
      '40 sends: 1 provisioned, 39 replayed',
      expect.stringMatching(LATENCY),
      'ok: 40 sends: 1 provisioned, 39 replayed; many',
    ]);
    expect(suite.testcase).toMatchObject({ classname: 'many', name: 'storm: send' });
    expect(suite.testcase['system-out']).toMatch(/^40 sends: 1 provisioned, 39 replayed; p50 /);
  });

  test('of a tape have its rules', async () => {
    await using server = await scriptedServer(remembers);
    using directory = temporaryDirectory();
    const at = { cwd: directory.path, env: { AGENT_PASTE_API_URL: server.url } };
    await command(['replay', '--times', '30', '--save', 't.json'], at);
    await command(['replay', 't.json', '--report', 'json=r.json'], at);
    const { cases } = JSON.parse(readFileSync(join(directory.path, 'r.json'), 'utf8'));
    expect(cases.map(({ id }: { id: string }) => id)).toEqual([
      'readable-answer',
      'same-key-same-answer',
      'tape-answers',
      'tape-outcomes',
      'tape-same-bytes',
    ]);
  });
});

/** A hundred thousand, as many as `--times` accepts. */
const many: readonly PlacedSend[] = Array.from({ length: 100_000 }, (_, index) => ({
  n: index + 1,
  key: 'k',
  record: null,
  attempts: 1,
  claims: null,
  email: null,
  faults: [],
  outcome: index % 2 === 0 ? 'seen' : 'refused',
  answer: {
    status: index % 2 === 0 ? 200 : 401,
    bytes: Buffer.alloc(0),
    sha256: String(index),
    headers: {} as PlacedSend['answer']['headers'],
    body: undefined,
    code: null,
    reason: null,
    outcome: 'seen',
    problem: undefined,
    milliseconds: index + 1,
  },
}));

test('a hundred thousand sends that break every rule are judged and shown without comparing each with each', () => {
  for (const concurrent of [false, true]) {
    const violations = judgeSends(many, { expect: [{ outcome: 'provisioned' }, { outcome: 'replayed' }], concurrent });
    expect(violations).toHaveLength(100_000);
    const placed = violations.map((one) => ({ ...one, reproduce: 'x' }));
    for (const isVerbose of [false, true])
      expect(casesOf({ sends: many, planned: many.length, violations: placed, rules: [], isVerbose })).toHaveLength(
        isVerbose ? 100_000 : 1,
      );
    expect(oddSends(many, new Set(violations.map(({ n }) => n)))).toMatchObject({ more: 99_990 });
  }
  expect(sendTable(many, 80)).toHaveLength(100_001);
  expect(latencyLine(many)).toBe('p50 50000.0 ms, p95 95000.0 ms, max 100000.0 ms (send 100000)');
});

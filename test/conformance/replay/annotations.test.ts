/** Where a scenario is broken: the line of its file, in every form of the verdict, and each name once. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import { command } from '../../support/command.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { callbackAnswer, json, refused, scriptedServer } from './scripted-server.ts';

interface Run {
  readonly name?: string;
  readonly args?: readonly string[];
  readonly input?: string;
  readonly root?: string;
}

async function replayed(text: string, { name = 's.yaml', args = [name], input = '', root = '.' }: Run = {}) {
  await using server = await scriptedServer((response, n) =>
    n === 1
      ? json(response, 200, callbackAnswer('provisioned'))
      : json(response, 401, refused('not_authenticated', 'expired')),
  );
  using directory = temporaryDirectory();
  const cwd = join(directory.path, 'work');
  mkdirSync(join(cwd, 'sub'), { recursive: true });
  writeFileSync(join(cwd, name), text);
  const { stdout, stderr } = await command(['replay', ...args, '--report', 'junit=r.xml'], {
    cwd,
    input,
    env: { AGENT_PASTE_API_URL: server.url, GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: join(cwd, root) },
  });
  const suite = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' }).parse(
    readFileSync(join(cwd, 'r.xml'), 'utf8'),
  ).testsuites.testsuite;
  return { stdout, suite, annotations: stderr.split('\n').filter((line) => line.startsWith('::error')) };
}

const STEPS = `name: two steps
steps:
  - id: first
    send: { email: ada@example.com, jti: jti_1 }
    expect:
      outcome: provisioned
  - id: again
    why: it comes back
    send:
      token: first
    expect:
`;

describe('an annotation is on the line', () => {
  test.each<[string, string, number]>([
    ['of an outcome', '      outcome: replayed', 12],
    ['of counts', '      status: 401\n      outcomes:\n        replayed: 1', 13],
    ['of a status', '      status: 200', 12],
    ['of a code', '      status: 401\n      code: forbidden', 13],
    ['of a reason', '      status: 401\n      reason: kid_unknown', 13],
    ['of a field', '      fields:\n        error.code: not_authenticated\n        error.reason: x', 14],
    ['of a comparison', '      status: 401\n      same_as: first', 13],
    ['of fields to compare', '      status: 401\n      same_fields: { as: first, fields: [workspace.id] }', 13],
  ])('%s', async (_, expectation, line) => {
    const { annotations, stdout } = await replayed(`${STEPS}${expectation}\n`);
    expect(annotations[0]).toMatch(new RegExp(`^::error title=two steps%3A again,file=s\\.yaml,line=${line}::`));
    expect(stdout).toContain(`(two steps, step again, line ${line}, send 2)`);
  });

  test('of the step, where a rule that needs no expectation is broken', async () => {
    const { annotations } = await replayed(
      STEPS.replace('    expect:\n      outcome: provisioned\n', '').replace(/ {4}expect:\n$/, ''),
    );
    expect(annotations).toEqual([expect.stringContaining(',file=s.yaml,line=5::')]);
  });

  test('of a JSON file', async () => {
    const steps = [{ send: {} }, { send: {}, expect: { status: 200 } }];
    const text = JSON.stringify({ name: 'x', steps }, null, 2);
    const { annotations } = await replayed(text, { name: 's.json' });
    const line = text.split('\n').findIndex((each) => each.includes('"status"')) + 1;
    expect(annotations).toEqual([expect.stringContaining(`,file=s.json,line=${line}::`)]);
  });

  test.each([
    ['sub/s.yaml', 'sub/s.yaml', '.', 'sub/s.yaml'],
    ['sub/s.yaml', 'sub', '.', 'sub/s.yaml'],
    ['s.yaml', 's.yaml', '..', 'work/s.yaml'],
    ['a,b%.yaml', 'a,b%.yaml', '.', 'a%2Cb%25.yaml'],
  ])('of %s as %s, from the root of the repository (%s)', async (name, given, root, file) => {
    const { annotations } = await replayed(`${STEPS}      status: 200\n`, { name, args: [given], root });
    expect(annotations).toEqual([expect.stringContaining(`,file=${file},line=12::`)]);
  });

  test('and has no file where there is none', async () => {
    const { annotations } = await replayed('', { args: ['-'], input: `${STEPS}      status: 200\n` });
    expect(annotations).toEqual([expect.stringMatching(/^::error title=two steps%3A again::[^:]/)]);
    expect(annotations[0]).toContain('%0Aat: line 12%0A');
  });
});

test('a failed step is told in values with labels, once each, and a name that is the same in each run', async () => {
  const text = `${STEPS.replace('token: first', 'token: first\n      times: 2')}      outcome: replayed\n      reason: kid_unknown\n`;
  const { suite } = await replayed(text);
  expect(suite.testcase.map(({ classname, name }: Record<string, string>) => `${classname} / ${name}`)).toEqual([
    'two steps / first: send',
    'two steps / again: it comes back',
  ]);
  const { message, '#text': lines } = suite.testcase[1].failure;
  expect(message).toBe('another outcome than expected, another reason than expected');
  expect(lines.split('\n').slice(0, -1)).toEqual([
    'expected: outcome: replayed',
    'reason: kid_unknown',
    'observed: send 2: outcome: refused (401 expired)',
    'send 2: reason: expired',
    'send 3: outcome: refused (401 expired)',
    'send 3: reason: expired',
    'at: s.yaml:13',
  ]);
});

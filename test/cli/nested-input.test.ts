/** What is nested deeper than any walk through it has a stack for: one line and exit 2, whatever the stack holds. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { MAX_NESTING } from '../../src/errors/nesting.ts';
import { command } from '../support/command.ts';
import { temporaryDirectory } from '../support/directory.ts';
import { arrays, mixed, objects } from '../support/nested-json.ts';

const directory = temporaryDirectory();
afterAll(() => directory[Symbol.dispose]());
const state = join(directory.path, 'state');
const file = join(directory.path, 'file.json');

/** A file in which a value stands, how many objects and lists are around it, and a command that reads it. */
const FILES: readonly [what: string, around: number, text: (json: string) => string, args: readonly string[]][] = [
  ['a scenario', 5, (json) => `{"name":"x","steps":[{"id":"x","send":{"claims":{"x":${json}}}}]}`, ['replay', file]],
  [
    'a tape',
    4,
    (json) => `{"tape":"agent-paste","schema_version":1,"sends":[{"claims":{"x":${json}}}]}`,
    ['replay', file],
  ],
  ['a seed', 1, (json) => `{"users":${json}}`, ['serve', '--port', '0', '--state-dir', state, '--seed', file]],
  ['a configuration', 1, (json) => `{"port":${json}}`, ['serve', '--state-dir', state, '--config', file]],
];

describe.each(FILES)('%s', (_, around, text, args) => {
  const read = async (json: string, comment = '') => {
    writeFileSync(file, comment + text(json));
    return command(args, { cwd: directory.path });
  };
  const refused = async (json: string, comment?: string) => {
    const { code, stdout, stderr } = await read(json, comment);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('it is nested too deep: it has more than 200 nested arrays and objects');
  };

  test('may be nested to the limit', async () => {
    for (const comment of ['', '# YAML\n'])
      for (const json of [arrays(MAX_NESTING - around), objects(MAX_NESTING - around)]) {
        const { code, stderr } = await read(json, comment);
        expect(stderr).not.toContain('nested too deep');
        expect([2, 3]).toContain(code); // it is refused for something else, or its server is missing
      }
  });

  test.each([
    ['one more array', arrays(MAX_NESTING - around + 1)],
    ['one more object', objects(MAX_NESTING - around + 1)],
    ['12,000 arrays', arrays(12_000)],
    ['12,000 objects', objects(12_000)],
    ['12,000 arrays and objects', mixed(6000)],
    ['100,000 arrays', arrays(100_000)],
  ])('is refused for %s', async (_, json) => {
    await refused(json);
    await refused(json, '# YAML\n');
  });
});

test('a seed of nested YAML lists is refused', async () => {
  writeFileSync(file, `users: \n  ${'- '.repeat(12_000)}x\n`);
  const { code, stderr } = await command(['serve', '--port', '0', '--state-dir', state, '--seed', file]);
  expect(code).toBe(2);
  expect(stderr).toContain('it is nested too deep');
});

test('aliases that add up are refused', async () => {
  const lines = Array.from(
    { length: 4 },
    (_, index) => `a${index}: &a${index} ${'['.repeat(90)}${index === 0 ? '' : `*a${index - 1}`}${']'.repeat(90)}`,
  );
  writeFileSync(file, lines.join('\n'));
  const { code, stderr } = await command(['serve', '--port', '0', '--state-dir', state, '--seed', file]);
  expect(code).toBe(2);
  expect(stderr).toContain('it is nested too deep');
});

test.each([
  ['12,000 arrays', arrays(12_000)],
  ['12,000 objects', objects(12_000)],
  ['one more array', arrays(MAX_NESTING)],
])('mint --claim refuses %s, and takes fewer', async (_, json) => {
  const mint = (value: string) =>
    command(['mint', '--state-dir', state, '--email', 'ada@example.com', '--claim', `x=${value}`]);
  const { code, stdout, stderr } = await mint(json);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('a token with more than 200 nested arrays and objects cannot be made');
  expect(await mint(arrays(MAX_NESTING - 1))).toMatchObject({ code: 0, stderr: '' });
});

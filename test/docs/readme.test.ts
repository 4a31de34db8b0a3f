/** README claims commands, flags, files and figures: each of them exists. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { command } from '../support/command.ts';
import { temporaryDirectory } from '../support/directory.ts';
import { blocksOf, pageText, ROOT } from './markdown.ts';

const PAGE = 'README.md';
const TEXT = pageText(PAGE);
const INLINE = [...TEXT.replaceAll(/^```.*?^```$/gms, '').matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
const LINES = ['sh', 'text'].flatMap((language) => blocksOf(PAGE, language)).flatMap((block) => block.split('\n'));
const PACKAGE = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

test.each(['npm ci && npm start', 'npm ci && npm test'])('%s is one line to paste', (line) => {
  expect(LINES.filter((each) => each === line)).toEqual([line]);
});

describe('every script of npm that is named', () => {
  const named = [...TEXT.matchAll(/npm (?:run )?(?!ci\b|run\b)([a-z][\w:]*)/g)]
    .map(([, name = '']) => name)
    .filter((name) => TEXT.includes(`npm run ${name}`) || ['start', 'test'].includes(name));

  test('is in package.json', () => {
    expect(named).toEqual(expect.arrayContaining(['start', 'test', 'build:binary', 'bench', 'test:node26']));
    expect(Object.keys(PACKAGE.scripts)).toEqual(expect.arrayContaining(named));
  });
});

/** `agent-paste inspect callbacks --outcome …`, in a block or in a sentence: the words of the command and its flags. */
const COMMANDS = [...LINES, ...INLINE].flatMap((line) =>
  [...line.matchAll(/(?:^|[\s(])agent-paste ([a-z]+)((?: (?!--(?: |$))[^\s|]+)*)/g)].map(
    ([, name = '', rest = '']) => ({
      words: [name, ...(name === 'inspect' ? (/^ [a-z]+/.exec(rest)?.map((word) => word.trim()) ?? []) : [])].join(' '),
      flags: rest.match(/(?<=\s)--[a-z-]+/g) ?? [],
    }),
  ),
);

describe('every command that is named', async () => {
  using directory = temporaryDirectory();
  const commands = [...new Set(COMMANDS.map(({ words }) => words))];
  const help = new Map<string, string>();
  for (const words of commands) {
    const { stdout } = await command([...words.split(' '), '--help'], { cwd: directory.path });
    help.set(words, stdout);
  }

  test('is found on the page', () => {
    expect(commands).toEqual(
      expect.arrayContaining(['serve', 'mint', 'check', 'exec', 'replay', 'inspect callbacks', 'doctor']),
    );
    expect(COMMANDS.flatMap(({ flags }) => flags)).toEqual(
      expect.arrayContaining(['--fault', '--outcome', '--no-jti']),
    );
  });

  test.each(commands)('%s has the flags that are named with it', (words) => {
    expect(help.get(words)).toContain(`agent-paste ${words}`);
    for (const flag of COMMANDS.filter((each) => each.words === words).flatMap(({ flags }) => flags)) {
      expect(help.get(words)).toMatch(new RegExp(`(?<![\\w-])${flag}(?![\\w-])`));
    }
  });
});

test('every file that is named exists', () => {
  const paths = [...LINES.flatMap((line) => line.split(/\s/)), ...INLINE].filter((word) =>
    /^(?:fixtures|docs|src|test)\/[\w*./-]+$/.test(word),
  );
  expect(paths).toContain('fixtures/scenarios/');
  for (const path of paths) expect(globSync(path, { cwd: ROOT }), path).not.toEqual([]);
});

test('every library that is named is exported by the package', () => {
  const named = [...TEXT.matchAll(/(?<![\w./-])agent-paste\/([a-z]+)\b/g)].map(([, name]) => `./${name}`);
  expect(named).toEqual(expect.arrayContaining(['./testing', './msw']));
  for (const name of named) expect(PACKAGE.exports).toHaveProperty([name]);
});

describe('the figures of the single executable', () => {
  const rowsOf = (page: string) => pageText(page).split('\n');

  test.each([
    ['`--help`', '--help, executable'],
    ['`mint`', 'mint, executable'],
    ['`serve`', 'serve, executable'],
  ])('of %s are those of docs/performance.md', (label, measured) => {
    const [packaged = '', executable = ''] =
      rowsOf(PAGE)
        .find((line) => line.startsWith(`| ${label}`))
        ?.match(/\d+(?= ms)/g) ?? [];
    const [, median, ratio] =
      rowsOf('docs/performance.md')
        .find((line) => line.startsWith(measured))
        ?.match(/([\d.]+) ms +([\d.]+) ×/) ?? [];
    expect(Number(executable)).toBe(Math.round(Number(median)));
    expect(Number(executable) / Number(packaged)).toBeCloseTo(Number(ratio), 1);
  });
});

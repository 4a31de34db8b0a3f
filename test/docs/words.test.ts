import { describe, expect, test } from 'vitest';
import { PAGES, pageText } from './markdown.ts';
import { commentsOf, messagesOf, sourcesIn, sourceText, type Text, titlesOf } from './texts.ts';

/** Words behind which the actor hides: say the caller, no process, another user, again, endlessly. */
const RIDDLES = /\b(whoever|nobody|somebody|everybody|anew|for ever)\b/gi;

/** Generated from the words of the options. */
const GENERATED = ['docs/commands.md'];

/** Users of tests are called so; only their names may be quoted in a title or a message. */
const NAMES = /nobody@example\.com/g;

const SOURCES = sourcesIn('src');
/** This file has the words themselves. */
const TESTS = sourcesIn('test').filter((path) => path !== 'test/docs/words.test.ts');

function riddlesIn(texts: readonly Text[]): string[] {
  return texts
    .filter(({ text }) => text.replaceAll(NAMES, '').match(RIDDLES))
    .map(({ line, text }) => `${line}: ${text}`);
}

function inFiles(paths: readonly string[], textsOf: (code: string) => Text[]): string[] {
  return paths.flatMap((path) => riddlesIn(textsOf(sourceText(path))).map((found) => `${path}:${found}`));
}

test.each(PAGES.filter((page) => !GENERATED.includes(page)))('%s names its actors', (page) => {
  expect(pageText(page).match(RIDDLES) ?? []).toEqual([]);
});

describe('sources name their actors', () => {
  test('in comments', () => {
    expect(inFiles([...SOURCES, ...TESTS], commentsOf)).toEqual([]);
  });

  test('in messages, help and hints', () => {
    expect(inFiles(SOURCES, messagesOf)).toEqual([]);
  });

  test('in titles of tests', () => {
    expect(inFiles(TESTS, titlesOf)).toEqual([]);
  });
});

describe('a riddle is found', () => {
  const code = [
    '/** Whoever calls it. */',
    "// 'for ever' in a comment",
    "const short = 'nobody';",
    `const message = \`\${short} was met by somebody here\`;`,
    "describe('is read anew', () => {",
    "  test.each(['nobody'])('is met by nobody: %s', () => undefined);",
    '  it(`lets everybody in`, () => undefined);',
    '});',
  ].join('\n');

  test.each([
    ['a comment', commentsOf, [1, 2]],
    ['a message, and not a name', messagesOf, [4, 5, 6, 7]],
    ['a title, and not a row', titlesOf, [5, 6, 7]],
  ])('in %s', (_, textsOf, lines) => {
    const found = riddlesIn(textsOf(code)).map((riddle) => Number(riddle.split(':')[0]));
    expect(found.sort()).toEqual(lines);
  });

  test('in every folder, because all of them are read', () => {
    expect(SOURCES.length).toBeGreaterThan(300);
    expect(TESTS.length).toBeGreaterThan(300);
    expect(SOURCES.flatMap((path) => commentsOf(sourceText(path))).length).toBeGreaterThan(1000);
  });

  test('and never missed in a text that cannot be parsed', () => {
    expect(() => commentsOf('/** Whoever. */ const = 1;')).toThrow();
  });
});

import { describe, expect, test } from 'vitest';
import { type Column, cut, graphemes, layout, textWidth } from '../../../src/cli/terminal/fitted-table.ts';
import { table } from '../../../src/cli/terminal/table.ts';

/** What a terminal takes for them (UAX 11, UTS 51). */
const WIDTHS: readonly (readonly [string, number])[] = [
  ['ada', 3],
  ['Zoë', 3],
  ['Zoe\u0308', 3],
  ['測試', 4],
  ['テスト', 6],
  ['ﾃｽﾄ', 3],
  ['한국어', 6],
  ['\u1112\u1161\u11ab', 2],
  ['Ａ！', 4],
  ['「」、', 6],
  ['😀', 2],
  ['👩‍👩‍👧‍👦', 2],
  ['🇩🇪', 2],
  ['❤️', 2],
  ['👍🏽', 2],
  ['नमस्ते', 4],
];

test.each(WIDTHS)('%s takes %i columns', (text, width) => {
  expect(textWidth(text)).toBe(width);
});

test.each(WIDTHS)('a text with %s is cut to no more than its columns, and never inside a character', (text) => {
  const long = `${text.repeat(20)}@${text.repeat(20)}`;
  for (const where of ['end', 'middle'] as const)
    for (const width of [1, 2, 9, 16, 40]) {
      const short = cut(long, width, where);
      expect(textWidth(short)).toBeLessThanOrEqual(width);
      for (const one of graphemes(short)) expect([...graphemes(long), '…']).toContain(one);
    }
});

const ROWS = WIDTHS.map(([text]) => ({ name: text.repeat(3), id: `user_${text}_0123456789ABCDEFGHJKMNPQRS` }));
const COLUMNS: readonly Column<(typeof ROWS)[number]>[] = [
  { name: 'id', cell: ({ id }) => id, cut: ['middle', 13] },
  { name: 'name', cell: ({ name }) => name, cut: ['end', 8] },
  { name: 'last', cell: () => 'x', drop: 1 },
];

describe.each([40, 80, 200])('in %i columns', (width) => {
  test('a table fits, and its columns stand below each other', () => {
    const lines = layout(COLUMNS, ROWS, { width, heading: String });
    for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(width);
    const last = lines.filter((line) => line.endsWith('x')).map((line) => textWidth(line));
    expect(new Set(last).size).toBeLessThanOrEqual(1);
  });

  test('the last column of a plain table goes on below itself', () => {
    const rows = WIDTHS.filter(([text]) => !text.includes('\u200d')).map(([text]) => [
      text,
      Array.from({ length: 30 }, () => text).join(' '),
    ]);
    for (const line of table(['a', 'b'], rows, width)) expect(textWidth(line)).toBeLessThanOrEqual(width);
  });
});

/** Tables that fit the terminal: long ids lose their middle, long texts their end, and then the least columns go. */
import { visible } from '../../errors/foreign-text.ts';

export interface Column<T> {
  readonly name: string;
  readonly cell: (row: T) => string;
  /** Where it may be cut, and how short it may become. */
  readonly cut?: readonly ['middle' | 'end', number];
  /** Columns that may go where there is no room; the highest goes first. */
  readonly drop?: number;
  readonly align?: 'right';
  /** How wide it usually is, for lines that come one by one. */
  readonly usual?: number;
  readonly paint?: (text: string, row: T) => string;
}

export interface TableStyle {
  /** Columns of the terminal; undefined for a pipe, which gets everything. */
  readonly width: number | undefined;
  /** How the heading is painted; undefined for none. */
  readonly heading: ((text: string) => string) | undefined;
  readonly indent?: string;
  /** Lines that come one by one stand below each other all the same. */
  readonly steady?: boolean;
}

const GAP = '  ';

/** @returns a heading and a line for each row */
export function layout<T>(
  columns: readonly Column<T>[],
  rows: readonly T[],
  { width, heading, indent = '', steady = false }: TableStyle,
): string[] {
  const cells = new Map(columns.map((column) => [column, rows.map((row) => visible(column.cell(row)))]));
  const natural = (column: Column<T>) =>
    // Not one call with all of them: a hundred thousand arguments overflow the stack.
    (cells.get(column) ?? []).reduce(
      (widest, text) => Math.max(widest, textWidth(text)),
      Math.max(heading || steady ? textWidth(column.name) : 0, steady ? (column.usual ?? 0) : 0),
    );
  const shown = fitting(columns, natural, width === undefined ? undefined : width - indent.length);
  const line = (texts: readonly string[]) => `${indent}${texts.join(GAP)}`.trimEnd();
  const lines = rows.map((row, index) =>
    line(
      shown.map(({ column, width }) => {
        const text = padded(
          cut(cells.get(column)?.[index] ?? '', width, column.cut?.[0] ?? 'end'),
          width,
          column.align,
        );
        return column.paint?.(text, row) ?? text;
      }),
    ),
  );
  if (heading === undefined) return lines;
  const names = shown.map(({ column, width }) =>
    padded(cut(column.name.toUpperCase(), width, 'end'), width, column.align),
  );
  return [heading(line(names)), ...lines];
}

interface Fitted<T> {
  readonly column: Column<T>;
  width: number;
}

function fitting<T>(
  columns: readonly Column<T>[],
  natural: (column: Column<T>) => number,
  room: number | undefined,
): readonly Fitted<T>[] {
  const fitted = columns.map((column) => ({ column, width: natural(column) }));
  if (room === undefined) return fitted;
  const over = () => fitted.reduce((sum, { width }) => sum + width + GAP.length, -GAP.length) - room;
  while (over() > 0) {
    const widest = (where: 'middle' | 'end') =>
      fitted
        .filter(({ column: { cut }, width }) => cut?.[0] === where && width > cut[1])
        .sort((one, other) => other.width - one.width)[0];
    // An id is known by its ends; of a text each letter counts.
    const shortened = widest('middle') ?? widest('end');
    if (shortened === undefined) break;
    shortened.width--;
  }
  if (over() <= 0) return fitted;
  const least = columns
    .filter(({ drop }) => drop !== undefined)
    .sort((one, other) => (other.drop ?? 0) - (one.drop ?? 0))[0];
  if (least === undefined) return fitted;
  return fitting(
    columns.filter((column) => column !== least),
    natural,
    room,
  );
}

/** A text in so many columns; what is missing is shown as `…`. */
export function cut(text: string, width: number, where: 'middle' | 'end'): string {
  if (textWidth(text) <= width) return text;
  const characters = graphemes(text);
  if (where === 'end') return `${fill(characters, width - 1)}…`;
  const head = Math.ceil((width - 1) * 0.6);
  const end = graphemes(fill(characters.toReversed(), width - 1 - head)).toReversed();
  return `${fill(characters, head)}…${end.join('')}`;
}

function fill(characters: readonly string[], width: number): string {
  let [text, taken] = ['', 0];
  for (const character of characters) {
    taken += graphemeWidth(character);
    if (taken > width) break;
    text += character;
  }
  return text;
}

export function padded(text: string, width: number, align?: 'right' | undefined): string {
  const space = ' '.repeat(Math.max(0, width - textWidth(text)));
  return align === 'right' ? space + text : text + space;
}

/** Letters of two columns (UAX 11), and symbols that are drawn as pictures (UTS 51). */
function isWide(grapheme: string): boolean {
  return /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]|\ufe0f/u.test(
    grapheme,
  );
}
const NARROW = /^[\uff61-\uffdc]/u; // half the width of a letter of the same script

/** What a person takes for one character: a family is one, and so is a flag. */
export function graphemes(text: string): readonly string[] {
  if (isAscii(text)) return [...text];
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}

/** Columns of a terminal that a text takes. */
export function textWidth(text: string): number {
  if (isAscii(text)) return text.length;
  return graphemes(text).reduce((sum, one) => sum + graphemeWidth(one), 0);
}

/** A syllable of several letters takes a column for each, and none for its marks. */
function graphemeWidth(grapheme: string): number {
  if (isWide(grapheme) && !NARROW.test(grapheme)) return 2;
  return [...grapheme.replace(/\p{M}/gu, '')].length;
}

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}

/** The columns of a terminal, which may not know them: what goes into a pipe is not shortened. */
export function terminalWidth({
  isTTY,
  columns,
}: {
  readonly isTTY: boolean;
  readonly columns: number | undefined;
}): number | undefined {
  return isTTY ? columns || 80 : undefined;
}

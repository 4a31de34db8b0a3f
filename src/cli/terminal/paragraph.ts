/** Text that keeps within the width of a terminal. */
import { textWidth } from './fitted-table.ts';

export interface ParagraphShape {
  /** Characters of a line; undefined if the output is not a terminal, so that `grep` finds whole lines. */
  readonly width: number | undefined;
  /** Before the first line; colours in it count for nothing. */
  readonly indent: string;
  /** Before every other line; that of the first by default. */
  readonly hanging?: string;
}

const LEAST_ROOM = 24;
const NARROW_MARGIN = '    ';
const COLOUR = /\u001b\[\d+m/g;

/** Broken at spaces alone: a URL or an id stays whole, however long. */
export function paragraph(text: string, { width, indent, hanging: wanted = indent }: ParagraphShape): string[] {
  if (width === undefined) return [`${indent}${text}`];
  // Beside a deep margin of a narrow terminal, a word would stand in each line.
  const hanging = width - textWidth(wanted.replace(COLOUR, '')) < LEAST_ROOM ? NARROW_MARGIN : wanted;
  const lines: string[] = [];
  let line = indent;
  let fresh = true;
  for (const word of text.split(' ')) {
    if (!fresh && textWidth(line.replace(COLOUR, '')) + 1 + textWidth(word) > width) {
      lines.push(line);
      line = hanging;
      fresh = true;
    }
    line += fresh ? word : ` ${word}`;
    fresh = false;
  }
  return [...lines, line];
}

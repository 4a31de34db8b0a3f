/** Plain tables: columns as wide as what is in them, readable without colour and by `awk`. */

import { visible } from '../../errors/foreign-text.ts';
import { padded, textWidth } from './fitted-table.ts';
import { paragraph } from './paragraph.ts';

/**
 * @param width of the terminal, within which the words of the last column go on below each other; none for a pipe
 * @returns a heading, then each row
 */
export function table(heading: readonly string[], rows: readonly (readonly string[])[], width?: number): string[] {
  const lines = [heading.map((name) => name.toUpperCase()), ...rows.map((cells) => cells.map(visible))];
  const widths = heading.map((_, column) => Math.max(...lines.map((cells) => textWidth(cells[column] ?? ''))));
  const taken = widths.slice(0, -1).reduce((sum, one) => sum + one + 2, 0);
  if (width !== undefined && taken + LEAST_WIDTH > width) return lines.flatMap((cells) => stacked(cells, width));
  return lines.flatMap((cells) => {
    const indent = cells
      .slice(0, -1)
      .map((cell, column) => `${padded(cell, widths[column] ?? 0)}  `)
      .join('');
    const hanging = ' '.repeat(textWidth(indent));
    return paragraph(cells.at(-1) ?? '', { width, indent, hanging }).map((line) => line.trimEnd());
  });
}

/** Columns within which a sentence can be read. */
const LEAST_WIDTH = 16;

/** Where the terminal is too narrow for columns, the last one stands below the others. */
function stacked(cells: readonly string[], width: number): string[] {
  return [
    ...paragraph(cells.slice(0, -1).join('  '), { width, indent: '' }),
    ...paragraph(cells.at(-1) ?? '', { width, indent: '  ' }),
  ];
}

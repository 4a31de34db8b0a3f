/** Plain tables: columns as wide as what is in them, readable without colour and by `awk`. */

import { visible } from '../../errors/foreign-text.ts';
import { paragraph } from './paragraph.ts';

/**
 * @param width of the terminal, within which the words of the last column go on below each other; none for a pipe
 * @returns a heading, then each row
 */
export function table(heading: readonly string[], rows: readonly (readonly string[])[], width?: number): string[] {
  const lines = [heading.map((name) => name.toUpperCase()), ...rows.map((cells) => cells.map(visible))];
  const widths = heading.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  return lines.flatMap((cells) => {
    const indent = cells
      .slice(0, -1)
      .map((cell, column) => `${cell.padEnd(widths[column] ?? 0)}  `)
      .join('');
    const hanging = ' '.repeat(indent.length);
    return paragraph(cells.at(-1) ?? '', { width, indent, hanging }).map((line) => line.trimEnd());
  });
}

/** Plain tables: columns as wide as what is in them, readable without colour and by `awk`. */

import { visible } from './output.ts';

/** @returns one line for each row, after a heading */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const lines = [heading.map((name) => name.toUpperCase()), ...rows.map((cells) => cells.map(visible))];
  const widths = heading.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  return lines.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

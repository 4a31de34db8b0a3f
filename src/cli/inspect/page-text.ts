/** The parts that pages are made of. */

import { type Column, layout } from '../columns.ts';
import type { CommandContext } from '../command.ts';
import { visible } from '../output.ts';
import { paragraph } from '../paragraph.ts';
import { tableStyle } from './formats.ts';
import { moment, relative } from './time.ts';

export interface PageText {
  title(text: string, after?: string): void;
  /** A name and what it is, below each other; without a value it is left out. */
  facts(rows: readonly (readonly [name: string, value: string | null])[]): void;
  /** A heading and a table, or a sentence where there is nothing. */
  section<T>(heading: string, columns: readonly Column<T>[], rows: readonly T[], empty: string): void;
  note(text: string): void;
  /** Absolute and relative. */
  when(iso: string): string;
}

export function pageText(context: CommandContext): PageText {
  const { output, runtime } = context;
  const { bold, dim } = output.paint;
  const now = runtime.now();
  const style = tableStyle(context);
  return {
    title: (text, after) => output.line(bold(visible(text)) + (after === undefined ? '' : `  ${after}`)),
    facts(rows) {
      const present = rows.filter((row): row is readonly [string, string] => row[1] !== null);
      const width = Math.max(...present.map(([name]) => name.length));
      for (const [name, value] of present) {
        const shape = { width: style.width, indent: `  ${dim(name.padEnd(width))}  `, hanging: ' '.repeat(width + 4) };
        for (const line of paragraph(visible(value), shape)) output.line(line);
      }
    },
    section(heading, columns, rows, empty) {
      output.line('');
      output.line(bold(heading));
      if (rows.length === 0) output.line(`  ${dim(empty)}`);
      else for (const line of layout(columns, rows, { ...style, heading: undefined, indent: '  ' })) output.line(line);
    },
    note(text) {
      for (const line of paragraph(visible(text), { width: style.width, indent: '  ' })) output.line(dim(line));
    },
    when: (iso) => `${moment(iso)} (${relative(iso, now)})`,
  };
}

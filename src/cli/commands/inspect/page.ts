/** Shows a page: its data is gathered first, and then printed as JSON or for people. */
import { visible } from '../../../errors/foreign-text.ts';
import { clockedBy } from '../../../machine/state-clock.ts';
import { moment, relative } from '../../../machine/values/time.ts';
import type { Reads, TableOwner } from '../../../store/read-store.ts';
import type { CommandContext } from '../../command.ts';
import type { OpenedState } from '../../opened-state.ts';
import { type Column, layout } from '../../terminal/fitted-table.ts';
import type { Painter } from '../../terminal/output.ts';
import { paragraph } from '../../terminal/paragraph.ts';
import { shownKey } from './columns.ts';
import { tableStyle } from './formats.ts';

interface WantedPage {
  /** The name that the person typed. */
  readonly text: string;
  readonly format: 'table' | 'json';
  /** Largest number of lines in a timeline. */
  readonly limit: number;
}

export type ShowPage = (context: CommandContext, state: OpenedState, request: WantedPage) => Promise<void>;

/** @param gather gives the document of `--json` */
export function pageOf<V extends object>(
  gather: (reads: Reads, text: string, options: { readonly limit: number; readonly now: number }) => Promise<V>,
  print: (page: PageText, view: V) => void,
): ShowPage {
  return async (context, state, { text, format, limit }) => {
    const now = clockedBy(state.settings, context.runtime.now)();
    const view = await state.store.together((reads) => gather(reads, text, { limit, now }));
    if (format === 'json') context.output.document(view);
    else print(pageText(context, state, now), view);
  };
}

/** The parts of pages. */
export interface PageText {
  readonly paint: Painter;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly tables: TableOwner;
  title(text: string, after?: string): void;
  /** Names with their values, one per line; a name without a value is left out. */
  facts(rows: readonly (readonly [name: string, value: string | null])[]): void;
  /** A heading and a table, or a sentence if the table is empty. */
  section<T>(heading: string, columns: readonly Column<T>[], rows: readonly T[], empty: string): void;
  note(text: string): void;
  /** Absolute and relative. */
  when(iso: string): string;
  /** An API key by its public id. */
  shownKey(publicId: string): string;
}

function pageText(context: CommandContext, { settings, tables }: OpenedState, now: number): PageText {
  const { output } = context;
  const { bold, dim } = output.paint;
  const style = tableStyle(context);
  return {
    paint: output.paint,
    now,
    tables,
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
    shownKey: (publicId) => shownKey(settings['key-env'], publicId),
  };
}

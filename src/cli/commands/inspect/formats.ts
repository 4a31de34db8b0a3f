/** A list in the requested format. */

import { closest } from '../../../errors/closest.ts';
import { Failure } from '../../../errors/failure.ts';
import { visible } from '../../../errors/foreign-text.ts';
import type { ListName } from '../../../store/read-store.ts';
import type { ListView } from '../../../store/view/list.ts';
import { fieldsOf, type ShownOf } from '../../../store/view/shown.ts';
import type { CommandContext } from '../../command.ts';
import { type Column, layout, type TableStyle, terminalWidth } from '../../terminal/fitted-table.ts';
import { nextPage } from '../../terminal/shell.ts';

const FORMATS = ['table', 'json', 'ndjson', 'csv'] as const;

export type Format = (typeof FORMATS)[number];

/** The form of a list for people. */
export interface ListTable<T> {
  readonly columns: readonly Column<T>[];
  /** Advice for an empty list. */
  readonly empty: string;
}

/** @throws Failure invalid_argument */
export function readFormat(text: string): Format {
  const format = FORMATS.find((name) => name === text);
  if (format === undefined)
    throw new Failure(
      'invalid_argument',
      `--format: ${JSON.stringify(text)} is unknown; accepted: ${FORMATS.join(', ')}${closest(text, FORMATS)}`,
    );
  return format;
}

/** @throws Failure invalid_argument for `--json` with another format */
export function chosenFormat({ output }: CommandContext, format: Format | undefined): Format {
  if (output.json && format !== undefined && format !== 'json' && format !== 'ndjson')
    throw new Failure('invalid_argument', `--json and --format ${format} contradict each other`, 'Give one of them.');
  return format ?? (output.json ? 'json' : 'table');
}

export interface ListPrint<K extends ListName> {
  readonly list: K;
  readonly format: Format;
  readonly table: ListTable<ShownOf<K>>;
}

/** @param view the document of `--json` */
export function printList<K extends ListName>(
  context: CommandContext,
  { list, format, table }: ListPrint<K>,
  view: ListView<K>,
): void {
  const { output } = context;
  const { items, page_info } = view;
  if (format === 'json') {
    output.document(view);
    return;
  }
  if (format === 'csv') output.line(csvLine(fieldsOf(list)));
  if (format === 'table') {
    if (items.length === 0) output.note(table.empty);
    else for (const line of layout(table.columns, items, tableStyle(context))) output.line(line);
  } else for (const item of items) output.line(rowAs(format, item));
  if (page_info.next_cursor !== null)
    output.note(output.paintNote.dim(`more: ${nextPage(context.runtime.argv, page_info.next_cursor)}`));
}

/** One row of a stream. */
export function rowAs(format: 'ndjson' | 'csv', item: object): string {
  if (format === 'csv') return csvLine(Object.values(item).map(asText));
  return visible(JSON.stringify(item));
}

export function tableStyle({ runtime: { stdout }, output }: CommandContext): TableStyle {
  return { width: terminalWidth(stdout), heading: output.paint.dim };
}

/** RFC 4180: a line ends with CR LF; the LF is added when the line is written. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\r`;
}

/** A spreadsheet runs a text that begins like a formula (OWASP, CSV Injection), and an e-mail address may begin so. */
function asText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = visible(Array.isArray(value) ? value.join(' ') : String(value));
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

/** A list in the form that was asked for. */
import { Failure } from '../../errors.ts';
import { type Column, layout, type TableStyle, terminalWidth } from '../columns.ts';
import type { CommandContext } from '../command.ts';
import { visible } from '../output.ts';

export const FORMATS = ['table', 'json', 'ndjson', 'csv'] as const;

export type Format = (typeof FORMATS)[number];

/** How a list shows its rows: to programs by field, to people by column. */
export interface ListView<T> {
  /** Named as on the wire. */
  readonly fields: Readonly<Record<string, (item: T) => unknown>>;
  readonly columns: readonly Column<T>[];
  /** What to do when there is nothing. */
  readonly empty: string;
}

/** @throws Failure invalid_argument */
export function readFormat(text: string): Format {
  const format = FORMATS.find((name) => name === text);
  if (format === undefined)
    throw new Failure(
      'invalid_argument',
      `--format: ${JSON.stringify(text)} is unknown; accepted: ${FORMATS.join(', ')}`,
    );
  return format;
}

/** @throws Failure invalid_argument for `--json` with another format */
export function chosenFormat({ output }: CommandContext, format: Format | undefined): Format {
  if (output.json && format !== undefined && format !== 'json' && format !== 'ndjson')
    throw new Failure('invalid_argument', `--json and --format ${format} contradict each other`, 'Give one of them.');
  return format ?? (output.json ? 'json' : 'table');
}

export interface ListPage<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export function printList<T>(context: CommandContext, format: Format, view: ListView<T>, page: ListPage<T>): void {
  const { output } = context;
  const { items, nextCursor } = page;
  if (format === 'json') {
    const page_info = { next_cursor: nextCursor, has_more: nextCursor !== null };
    output.document({ items: items.map((item) => asObject(view, item)), page_info });
    return;
  }
  if (format === 'csv') output.line(csvLine(Object.keys(view.fields)));
  if (format === 'table') {
    if (items.length === 0) output.note(view.empty);
    else for (const line of layout(view.columns, items, tableStyle(context))) output.line(line);
  } else for (const item of items) output.line(rowAs(format, view, item));
  if (nextCursor !== null) output.note(output.paintNote.dim(`more: --cursor ${nextCursor}`));
}

/** One row of a stream. */
export function rowAs<T>(format: 'ndjson' | 'csv', view: ListView<T>, item: T): string {
  if (format === 'csv') return csvLine(Object.values(view.fields).map((value) => asText(value(item))));
  return visible(JSON.stringify(asObject(view, item)));
}

export function asObject<T>({ fields }: ListView<T>, item: T): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value(item)]));
}

export function tableStyle({ runtime: { stdout }, output }: CommandContext): TableStyle {
  return { width: terminalWidth(stdout), heading: output.paint.dim };
}

/** RFC 4180; the line break is added with the line, whose own end is the LF. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\r`;
}

/** A spreadsheet takes a text that begins like a formula for one (OWASP, CSV Injection), and e-mail addresses may. */
function asText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = visible(Array.isArray(value) ? value.join(' ') : String(value));
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

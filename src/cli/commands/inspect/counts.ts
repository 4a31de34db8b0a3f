/** `agent-paste inspect callbacks --by reason|user|outcome|hour` */
import { moment } from '../../../machine/values/time.ts';
import type { Count, Counted, CountsView } from '../../../store/view/counts.ts';
import type { CommandContext } from '../../command.ts';
import { type Column, layout } from '../../terminal/fitted-table.ts';
import { csvLine, type Format, rowAs, tableStyle } from './formats.ts';

/** Shown for callbacks without such a value. */
const NONE: Readonly<Record<Counted, string>> = { reason: 'none', user: 'unknown', outcome: 'none', hour: 'none' };

/** @param empty what is said if there are none */
export function printCounts(context: CommandContext, format: Format, view: CountsView, empty: string): void {
  const { output } = context;
  const { by, items } = view;
  if (format === 'json') output.document(view);
  else if (format === 'table') {
    if (items.length === 0) output.note(empty);
    else for (const line of layout(columnsOf(by), items, tableStyle(context))) output.line(line);
  } else {
    if (format === 'csv') output.line(csvLine(['value', 'callbacks', 'users', 'first_at', 'last_at', 'claimed']));
    for (const { value, callbacks, users, first_at, last_at, claimed } of items)
      output.line(rowAs(format, { value, callbacks, users, first_at, last_at, claimed }));
  }
}

function columnsOf(by: Counted): readonly Column<Count>[] {
  const value = ({ value: text, claimed }: Count) => `${claimed ? '(claimed) ' : ''}${text ?? NONE[by]}`;
  return [
    { name: by, cell: (count) => (by === 'hour' ? moment(value(count)) : value(count)), cut: ['middle', 13] },
    { name: 'callbacks', cell: ({ callbacks }) => String(callbacks), align: 'right' },
    { name: 'users', cell: ({ users }) => String(users), align: 'right' },
    { name: 'first', cell: ({ first_at }) => moment(first_at), drop: 2 },
    { name: 'last', cell: ({ last_at }) => moment(last_at), drop: 1 },
  ];
}

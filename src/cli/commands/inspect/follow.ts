/** `agent-paste inspect callbacks|events --follow` */
import { signalExitCode } from '../../../errors/failure.ts';
import type { FollowedList, ListQuery, ReadStore } from '../../../store/read-store.ts';
import { fieldsOf, type ShownOf, shown } from '../../../store/view/shown.ts';
import type { CommandContext } from '../../command.ts';
import { layout } from '../../terminal/fitted-table.ts';
import { csvLine, type ListPrint, rowAs, tableStyle } from './formats.ts';

interface Followed<K extends FollowedList> {
  readonly store: ReadStore;
  readonly query: ListQuery<K>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Ends with a signal, which the exit code shows, or when the output is closed. */
export async function follow<K extends FollowedList>(
  context: CommandContext,
  printed: ListPrint<K>,
  { store, query, now }: Followed<K>,
): Promise<void> {
  const { runtime, output } = context;
  const over = new AbortController();
  runtime.signal('SIGINT', 'SIGTERM', 'SIGHUP').then((signal) => {
    context.exitWith(signalExitCode(signal));
    over.abort();
  });
  const stdout = runtime.stdout.stream();
  stdout.once('close', () => over.abort()); // the reader, such as `| head`, has closed the stream
  stdout.once('error', () => over.abort());
  let print: ((item: ShownOf<K>) => void) | undefined;
  for await (const items of store.follow(printed.list, query, over.signal)) {
    print ??= printerOf(context, printed); // no heading if the list cannot be read
    for (const item of items) print(shown(printed.list, item, now));
    await output.drained();
  }
}

function printerOf<K extends FollowedList>(
  context: CommandContext,
  { list, format, table }: ListPrint<K>,
): (item: ShownOf<K>) => void {
  const { output } = context;
  if (format === 'csv') output.line(csvLine(fieldsOf(list)));
  if (format !== 'table') {
    const form = format === 'csv' ? 'csv' : 'ndjson';
    return (item) => output.line(rowAs(form, item));
  }
  const style = { ...tableStyle(context), steady: true };
  for (const heading of layout(table.columns, [], style)) output.line(heading);
  return (item) => {
    for (const line of layout(table.columns, [item], { ...style, heading: undefined })) output.line(line);
  };
}

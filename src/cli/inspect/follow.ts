/** `agent-paste inspect callbacks|events --follow` */
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { attemptsPath } from '../../store/attempts.ts';
import { openTail } from '../../store/inspection/tail.ts';
import type { ItemOf, ListQuery } from '../../store/inspection.ts';
import { layout } from '../columns.ts';
import type { CommandContext } from '../command.ts';
import { csvLine, type Format, type ListView, rowAs, tableStyle } from './formats.ts';

export type Followed = 'callbacks' | 'events';

export interface FollowOptions<K extends Followed> {
  /** The main database file. */
  readonly database: string;
  readonly list: K;
  readonly query: ListQuery<K>;
  readonly format: Format;
  readonly view: ListView<ItemOf<K>>;
}

/** Milliseconds between two looks. The server writes its log every 100 ms, so that a callback shows within 200. */
const POLL_MS = 100;

/** Ends with SIGINT or SIGTERM, as the exit code then says, or when nobody reads any more. */
export async function follow<K extends Followed>(context: CommandContext, options: FollowOptions<K>): Promise<void> {
  const { runtime, output } = context;
  const { database, list, query } = options;
  let over = false;
  const ended = new Promise<void>((resolve) => {
    runtime.signal('SIGINT', 'SIGTERM').then((signal) => {
      context.exitWith(128 + constants.signals[signal]);
      resolve();
    });
    runtime.stdout.once('close', resolve); // `| head` has seen enough
    runtime.stdout.once('error', () => resolve());
  }).then(() => {
    over = true;
  });
  const path = list === 'callbacks' ? attemptsPath(database) : database;
  const tail = openTail({ path, list, query, onWarning: output.warning });
  const print = printerOf(context, options);
  try {
    for (const item of tail.past) print(item);
    while (!over) {
      const { items, more } = tail.next();
      for (const item of items) print(item);
      if (items.length > 0) await output.drained();
      if (!more) await Promise.race([sleep(POLL_MS), ended]);
    }
  } finally {
    tail.close();
  }
}

function printerOf<K extends Followed>(
  context: CommandContext,
  { format, view }: FollowOptions<K>,
): (item: ItemOf<K>) => void {
  const { output } = context;
  if (format === 'csv') output.line(csvLine(Object.keys(view.fields)));
  if (format !== 'table') {
    const form = format === 'csv' ? 'csv' : 'ndjson';
    return (item) => output.line(rowAs(form, view, item));
  }
  const style = { ...tableStyle(context), steady: true };
  for (const heading of layout(view.columns, [], style)) output.line(heading);
  return (item) => {
    for (const line of layout(view.columns, [item], { ...style, heading: undefined })) output.line(line);
  };
}

/** What counters need of each callback, kept small: the log is walked back once, in steps, and new rows are added. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { OUTCOMES, type Outcome } from '../../callback/outcome.ts';
import { callbacksOf } from '../../store/attempt-log.ts';
import type { CallbackItem, Reads } from '../../store/read-store.ts';

/** Rows that are read in one turn of the event loop. */
const STEP = 500;
/** Steps of one request; the next one goes on from there. */
const STEPS = 40;

interface CountedRow {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly outcome: Outcome;
  readonly reason: string | null;
  /** Callbacks for which it stands. */
  readonly callbacks: number;
  readonly milliseconds: number;
}

interface NewestOfReason {
  readonly request_id: string;
  readonly at: string;
}

export interface CountedRows {
  /** Reads what is new, and further back. @returns whether everything since then is counted */
  advance(since: number | undefined): Promise<boolean>;
  rows(): Iterable<CountedRow>;
  newestOf(reason: string): NewestOfReason | undefined;
}

/** Numbers alone: a hundred thousand rows take a few megabytes. */
interface Columns {
  readonly at: number[];
  readonly kind: number[];
  readonly callbacks: number[];
  readonly milliseconds: number[];
}

const empty = (): Columns => ({ at: [], kind: [], callbacks: [], milliseconds: [] });

export function openCountedRows(reads: Reads): CountedRows {
  let columns = empty();
  let newest = 0;
  let cursor: string | undefined;
  let isAtEnd = false;
  let oldest = Number.POSITIVE_INFINITY;
  const reasons: (string | null)[] = [null];
  const newestOfReason = new Map<string, NewestOfReason & { readonly id: number }>();

  const add = (item: CallbackItem) => {
    const at = Date.parse(item.at);
    let reason = reasons.indexOf(item.reason);
    if (reason < 0) reason = reasons.push(item.reason) - 1;
    columns.at.push(at);
    columns.kind.push(reason * OUTCOMES.length + OUTCOMES.indexOf(item.outcome));
    columns.callbacks.push(callbacksOf(item));
    columns.milliseconds.push(item.milliseconds);
    oldest = Math.min(oldest, at);
    if (item.reason !== null && item.id > (newestOfReason.get(item.reason)?.id ?? 0))
      newestOfReason.set(item.reason, { id: item.id, request_id: item.request_id, at: item.at });
  };

  /** Newest first, until those that are counted. */
  const readNew = async (): Promise<void> => {
    let first: number | undefined;
    for (let next: string | undefined; ; ) {
      const page = await reads.list('callbacks', { limit: STEP, cursor: next });
      const [top] = page.items;
      if (first === undefined && top !== undefined && top.id < newest) forget(); // the log was emptied
      first ??= top?.id;
      if (newest === 0) {
        page.items.forEach(add);
        cursor = page.nextCursor ?? undefined;
        isAtEnd = cursor === undefined;
        break;
      }
      page.items.filter(({ id }) => id > newest).forEach(add);
      if (page.nextCursor === null || (page.items.at(-1)?.id ?? 0) <= newest) break;
      next = page.nextCursor;
      await nextTurn();
    }
    newest = first ?? 0;
  };

  const forget = () => {
    columns = empty();
    newest = 0;
    oldest = Number.POSITIVE_INFINITY;
    newestOfReason.clear();
  };

  const advance = async (since: number | undefined): Promise<boolean> => {
    await readNew();
    for (let step = 0; step < STEPS && !isAtEnd && oldest >= (since ?? 0); step++) {
      await nextTurn();
      const page = await reads.list('callbacks', { limit: STEP, cursor });
      page.items.forEach(add);
      cursor = page.nextCursor ?? undefined;
      isAtEnd = cursor === undefined;
    }
    return isAtEnd || oldest < (since ?? 0);
  };

  let turn: Promise<unknown> = Promise.resolve();
  return {
    advance(since) {
      const mine = turn.then(() => advance(since));
      turn = mine.catch(() => undefined);
      return mine;
    },
    *rows() {
      const { at, kind, callbacks, milliseconds } = columns;
      for (let index = 0; index < at.length; index++) {
        const code = kind[index] ?? 0;
        yield {
          at: at[index] ?? 0,
          outcome: OUTCOMES[code % OUTCOMES.length] ?? 'refused',
          reason: reasons[Math.floor(code / OUTCOMES.length)] ?? null,
          callbacks: callbacks[index] ?? 1,
          milliseconds: milliseconds[index] ?? 0,
        };
      }
    },
    newestOf: (reason) => newestOfReason.get(reason),
  };
}

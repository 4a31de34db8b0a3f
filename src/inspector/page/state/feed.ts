/** The rows of the list: the newest page, older ones as they are scrolled to, new ones as they arrive. */
import { signal } from '@preact/signals';
import type { CallbackRow, CallbacksAnswer } from '../../api-types.ts';
import { get, Refusal } from '../browser/client.ts';
import { now } from '../browser/clock.ts';
import { accepts, asQuery, type Filters } from './filters.ts';

export interface Feed {
  /** Newest first. */
  readonly rows: readonly CallbackRow[];
  /** Where older ones begin; null at the end. */
  readonly cursor: string | null;
  readonly state: 'loading' | 'ready' | 'failed';
  readonly error: string | null;
  /** Ids of the rows that came last while the list was open. */
  readonly fresh: ReadonlySet<number>;
}

const EMPTY: Feed = { rows: [], cursor: null, state: 'loading', error: null, fresh: new Set() };

export const feed = signal<Feed>(EMPTY);

const PAGE = 200;

const asked: { filters: Filters | null; abort: AbortController | null } = { filters: null, abort: null };

/** Begins with other filters. */
export async function loadFeed(filters: Filters): Promise<void> {
  feed.value = EMPTY;
  await fetchPage(filters, null, ({ items, page_info }, { rows }) => ({
    ...EMPTY,
    rows: [...rows.filter(({ id }) => id > (items[0]?.id ?? 0)), ...items],
    cursor: page_info.next_cursor,
    state: 'ready',
  }));
}

/** Rows that came while no stream was open; when there are too many of them, the list begins from its top. */
export async function refreshFeed(filters: Filters): Promise<void> {
  if (feed.value.state !== 'ready') return loadFeed(filters);
  await fetchPage(filters, null, ({ items, page_info }, { rows, ...rest }) => {
    const newest = rows[0]?.id ?? 0;
    const fresh = items.filter(({ id }) => id > newest);
    if (fresh.length === items.length && page_info.has_more)
      return { ...rest, rows: items, cursor: page_info.next_cursor, state: 'ready', error: null };
    return { ...rest, rows: [...fresh, ...rows], state: 'ready', error: null };
  });
}

export async function loadOlder(): Promise<void> {
  const { cursor, state } = feed.value;
  if (asked.filters === null || cursor === null || state !== 'ready') return;
  feed.value = { ...feed.value, state: 'loading' };
  await fetchPage(asked.filters, cursor, ({ items, page_info }, { rows, ...rest }) => ({
    ...rest,
    rows: [...rows, ...items],
    cursor: page_info.next_cursor,
    state: 'ready',
  }));
}

/** @param arrived oldest first */
export function addRows(arrived: readonly CallbackRow[]): void {
  const { filters } = asked;
  if (filters === null || feed.value.state === 'failed') return;
  const newest = feed.value.rows[0]?.id ?? 0;
  const fresh = arrived.filter((row) => row.id > newest && accepts(filters, row, now()));
  if (fresh.length === 0) return;
  const rows = [...fresh.toReversed(), ...feed.value.rows];
  feed.value = { ...feed.value, rows, fresh: new Set(fresh.map(({ id }) => id)) };
}

type Merge = (answer: CallbacksAnswer, before: Feed) => Feed;

async function fetchPage(filters: Filters, cursor: string | null, merge: Merge): Promise<void> {
  asked.abort?.abort();
  const abort = new AbortController();
  Object.assign(asked, { filters, abort });
  try {
    const query = { ...asQuery(filters), cursor, limit: PAGE };
    const answer = await get<CallbacksAnswer>(['callbacks'], query, abort.signal);
    if (!abort.signal.aborted) feed.value = merge(answer, feed.value);
  } catch (error) {
    if (abort.signal.aborted) return;
    const isEmpty = feed.value.rows.length === 0;
    feed.value = {
      ...feed.value,
      state: isEmpty ? 'failed' : 'ready',
      error: error instanceof Refusal ? error.message : null,
    };
  }
}

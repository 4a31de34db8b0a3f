/** Follows a list while a server writes. It polls often; a counter shows cheaply whether anything has changed. */
import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../../errors/failure.ts';
import { LISTS } from '../../lists.ts';
import type { ItemOf, ListName, ListQuery } from '../../read-store.ts';
import { openForReading, type Reading } from '../file/reading.ts';
import { lastRowid, readAfter, readPage } from './page.ts';
import { FILES } from './positions.ts';

export interface FollowOptions<K extends ListName> {
  readonly list: K;
  readonly query: ListQuery<K>;
  readonly signal: AbortSignal;
  readonly onWarning: (message: string) => void;
}

/** Milliseconds between two polls. The server writes its log every 100 ms, so a callback is shown within 200 ms. */
const POLL_MS = 100;

/** See `ReadStore.follow`. */
export async function* follow<K extends ListName>(
  path: string,
  options: FollowOptions<K>,
): AsyncIterable<readonly ItemOf<K>[]> {
  const { signal } = options;
  const tail = openTail(path, options);
  try {
    yield tail.past;
    while (!signal.aborted) {
      const { items, more } = tail.next();
      if (items.length > 0) yield items;
      if (!more) await sleep(POLL_MS, undefined, { signal }).catch(() => undefined); // aborted: the loop ends
    }
  } finally {
    tail.close();
  }
}

interface Tail<K extends ListName> {
  /** The existing items, oldest first. */
  readonly past: readonly ItemOf<K>[];
  /** The items since the last call, oldest first, and whether there are more. */
  next(): { readonly items: readonly ItemOf<K>[]; readonly more: boolean };
  close(): void;
}

const BATCH = 500;

function openTail<K extends ListName>(path: string, { list, query, onWarning }: FollowOptions<K>): Tail<K> {
  const { where = {} as NonNullable<typeof query.where> } = query;
  const first = openForReading(path, FILES[LISTS[list].part]);
  for (const warning of first.warnings) onWarning(warning);
  let file = identity(path);
  let after = 0;
  let version: unknown;
  let past: readonly ItemOf<K>[];
  try {
    past = first.together(() => {
      after = lastRowid(first.db, list);
      return readPage(first.db, list, query).items.toReversed();
    });
  } catch (error) {
    first.close();
    throw error;
  }
  let reading: Reading | undefined = first;

  /** A reset makes a new file, which is then followed from its beginning. */
  const reopen = (): Reading | undefined => {
    reading?.close();
    reading = undefined;
    const now = identity(path);
    if (now === undefined) return undefined;
    try {
      reading = openForReading(path, FILES[LISTS[list].part]);
    } catch (error) {
      if (error instanceof Failure && (error.code === 'not_found' || error.code === 'state_locked')) return undefined; // a server is creating it
      throw error;
    }
    file = now;
    after = 0;
    version = undefined;
    return reading;
  };

  return {
    past,
    next() {
      const open = reading !== undefined && identity(path) === file ? reading : reopen();
      if (open === undefined) return { items: [], more: false };
      // Changes when another connection commits. Reading it costs only an access to shared memory.
      const { data_version } = open.db.prepare('PRAGMA data_version').get() ?? {};
      if (data_version === version) return { items: [], more: false };
      const { items, last, end } = open.together(() => {
        const end = lastRowid(open.db, list);
        return { ...readAfter(open.db, list, { after, limit: BATCH, where }), end };
      });
      const more = items.length === BATCH;
      // Rows that do not match the filter are not read again.
      after = more ? last : end;
      if (!more) version = data_version;
      return { items, more };
    },
    close: () => reading?.close(),
  };
}

function identity(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.dev}:${stat.ino}`;
}

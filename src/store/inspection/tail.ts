/** Following a list while a server writes: asked often, answered by a counter when nothing has changed. */
import { statSync } from 'node:fs';
import { Failure } from '../../errors.ts';
import { FILES, type ItemOf, LISTS, type ListName } from './lists.ts';
import { type ListQuery, lastRowid, readAfter, readPage } from './page.ts';
import { openForReading, type Reading } from './reading.ts';

export interface Tail<K extends ListName> {
  /** What was there before, oldest first. */
  readonly past: readonly ItemOf<K>[];
  /** What was written since the last call, oldest first, and whether there is more at once. @throws Failure as `openDatabase` */
  next(): { readonly items: readonly ItemOf<K>[]; readonly more: boolean };
  close(): void;
}

export interface TailOptions<K extends ListName> {
  readonly path: string;
  readonly list: K;
  /** What is shown of the past; its filters hold for what comes as well. */
  readonly query: ListQuery<K>;
  readonly onWarning: (message: string) => void;
}

const BATCH = 500;

/** @throws Failure not_found for a missing file, and as `openDatabase` */
export function openTail<K extends ListName>({ path, list, query, onWarning }: TailOptions<K>): Tail<K> {
  const { where = {} as NonNullable<typeof query.where> } = query;
  const first = openForReading(path, FILES[LISTS[list].file]);
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

  /** A file that was reset is another one, and begins anew. */
  const reopen = (): Reading | undefined => {
    reading?.close();
    reading = undefined;
    const now = identity(path);
    if (now === undefined) return undefined;
    try {
      reading = openForReading(path, FILES[LISTS[list].file]);
    } catch (error) {
      if (error instanceof Failure && (error.code === 'not_found' || error.code === 'state_locked')) return undefined; // a server is just making it
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
      // Changes when another connection has committed; costs no more than a look at shared memory.
      const { data_version } = open.db.prepare('PRAGMA data_version').get() ?? {};
      if (data_version === version) return { items: [], more: false };
      const { items, last, end } = open.together(() => {
        const end = lastRowid(open.db, list);
        return { ...readAfter(open.db, list, { after, limit: BATCH, where }), end };
      });
      const more = items.length === BATCH;
      // What does not match the filter is not looked at twice.
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

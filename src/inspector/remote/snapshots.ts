/**
 * Reads of another process that must see the same state (`ReadStore.together`): the first one of an id opens a snapshot,
 * and the last one, or silence, ends it.
 */
import { clearTimeout, setTimeout as startTimer } from 'node:timers';
import { ApiError } from '../../errors/api-error.ts';
import type { ReadStore, Reads } from '../../store/read-store.ts';

/** Milliseconds without a read after which a snapshot ends. An open one keeps SQLite from shortening its log. */
const SILENCE_MS = 5000;
const MOST_OPEN = 8;

interface Snapshot {
  readonly reads: Promise<Reads>;
  readonly end: () => void;
  timer: NodeJS.Timeout;
}

export interface Snapshots extends Disposable {
  /** @throws ApiError database_unavailable if too many are open; and as `ReadStore.together` */
  at(id: string): Promise<Reads>;
  end(id: string): void;
}

/** @param open opens the state for one snapshot, which closes it */
export function snapshotsOf(open: () => Promise<ReadStore>): Snapshots {
  const snapshots = new Map<string, Snapshot>();
  const end = (id: string) => {
    const snapshot = snapshots.get(id);
    if (snapshot === undefined) return;
    snapshots.delete(id);
    clearTimeout(snapshot.timer);
    snapshot.end();
  };
  const timer = (id: string) => startTimer(() => end(id), SILENCE_MS).unref();
  const begin = (id: string): Snapshot => {
    if (snapshots.size >= MOST_OPEN)
      throw new ApiError('database_unavailable', `${MOST_OPEN} other reads are under way`, { retryAfter: 1 });
    const over = Promise.withResolvers<void>();
    const reads = new Promise<Reads>((resolve, reject) => {
      readUntil(open, resolve, over.promise).catch(reject);
    });
    reads.catch(() => end(id)); // the caller gets the error
    const snapshot = { reads, end: over.resolve, timer: timer(id) };
    snapshots.set(id, snapshot);
    return snapshot;
  };
  return {
    async at(id) {
      const known = snapshots.get(id);
      if (known === undefined) return begin(id).reads;
      clearTimeout(known.timer);
      known.timer = timer(id);
      return known.reads;
    },
    end,
    [Symbol.dispose]() {
      for (const id of [...snapshots.keys()]) end(id);
    },
  };
}

async function readUntil(
  open: () => Promise<ReadStore>,
  opened: (reads: Reads) => void,
  over: Promise<void>,
): Promise<void> {
  await using store = await open();
  await store.together(async (reads) => {
    opened(reads);
    await over;
  });
}

/** Callbacks as they come. */

import { isoTime } from '../../machine/values/time.ts';
import type { CallbackItem } from '../../store/read-store.ts';
import type { StreamLine } from '../api-types.ts';
import type { Inspected } from '../inspected.ts';
import type { Stream } from '../web/stream.ts';
import { rowOf } from './details.ts';
import type { Query } from './query.ts';

const PER_SECOND = 200;
const BEGAN_PER_SECOND = 50;
const PING_MS = 15_000;
const MOST_PAST = 200;
/** The log drops old rows, and their numbers are not given again. */
const LAST_ID = 999_999_999_999_999;

/** @returns writes until the stream ends */
export function live({ reads, now, recorder }: Inspected, query: Query): (stream: Stream) => Promise<void> {
  const given = query.text('after');
  const after = given === undefined ? undefined : query.number('after', { least: 0, most: LAST_ID, usual: 0 });
  return async (stream) => {
    const write = (line: StreamLine) => stream.write(line);
    const limited = limitedTo(PER_SECOND, write);
    const mayTell = perSecond(BEGAN_PER_SECOND);
    const unsubscribe = recorder?.subscribe(({ request_id, now: at }) => {
      if (mayTell()) write({ type: 'began', request_id, at: isoTime(at) });
    });
    const ping = setInterval(() => write({ type: 'ping', now: isoTime(now()) }), PING_MS);
    const second = setInterval(limited.tick, 1000);
    try {
      const batches = reads.follow('callbacks', { limit: MOST_PAST }, stream.ended);
      let isPast = true;
      for await (const items of batches) {
        limited.add(isPast ? pastAfter(items, after, write) : items);
        isPast = false;
      }
    } finally {
      clearInterval(ping);
      clearInterval(second);
      unsubscribe?.();
    }
  };
}

/** The rows that came between two readings. */
function pastAfter(
  past: readonly CallbackItem[],
  after: number | undefined,
  write: (line: StreamLine) => void,
): readonly CallbackItem[] {
  if (after === undefined) return [];
  const missed = past.filter(({ id }) => id > after);
  const [first] = missed;
  if (first !== undefined && missed.length === MOST_PAST && first.id > after + 1)
    write({ type: 'gap', skipped: first.id - after - 1 });
  return missed;
}

/** The newest of each second; what is left out is counted. */
function limitedTo(most: number, write: (line: StreamLine) => void) {
  let left = most;
  let skipped = 0;
  const tellSkipped = () => {
    if (skipped > 0) write({ type: 'gap', skipped });
    skipped = 0;
  };
  return {
    tick() {
      left = most;
      tellSkipped();
    },
    add(items: readonly CallbackItem[]) {
      const newest = left === 0 ? [] : items.slice(-left);
      skipped += items.length - newest.length;
      if (newest.length > 0) tellSkipped();
      for (const item of newest) write({ type: 'callback', callback: rowOf(item) });
      left -= newest.length;
    },
  };
}

function perSecond(most: number): () => boolean {
  let second = 0;
  let told = 0;
  return () => {
    const now = Math.floor(performance.now() / 1000);
    if (now !== second) told = 0;
    second = now;
    return ++told <= most;
  };
}

/** How long the event loop stood still because of us, and not because the machine had other things to do. */
import { readFileSync } from 'node:fs';

const TICK_MS = 10;

export interface EventLoopWatch {
  /** The longest pause since the watch began, in milliseconds, less what this thread waited for a processor meanwhile. */
  longestPause(): number;
}

export function watchEventLoop(): EventLoopWatch {
  let last = { time: performance.now(), waited: waitedMs() };
  let longest = 0;
  const look = () => {
    const now = { time: performance.now(), waited: waitedMs() };
    longest = Math.max(longest, now.time - last.time - TICK_MS - (now.waited - last.waited));
    last = now;
  };
  const ticking = setInterval(look, TICK_MS);
  return {
    longestPause() {
      clearInterval(ticking);
      look();
      return longest;
    },
  };
}

/** Milliseconds for which this thread was ready to run and had no processor, where Linux tells it. */
function waitedMs(): number {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}

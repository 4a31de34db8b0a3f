// Preloaded into a server under test: notes in a file, when the process ends, for how many milliseconds the program
// kept its event loop from running at most, since the first request. Time for which the process was ready to run and
// the machine had no processor for it is not the program's, and is left out where Linux tells it.
// The file is LOOP_DELAY followed by the process id.
import diagnostics from 'node:diagnostics_channel';
import { readFileSync, writeFileSync } from 'node:fs';

const TICK_MS = 10;

/** Milliseconds that the main thread has waited for a processor: the second number, in nanoseconds. */
function waited() {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0; // not Linux
  }
}

let started = false;
let longest = 0;
diagnostics.subscribe('http.server.request.start', () => {
  if (started) return;
  started = true;
  let last = { time: performance.now(), waited: waited() };
  setInterval(() => {
    const now = { time: performance.now(), waited: waited() };
    longest = Math.max(longest, now.time - last.time - TICK_MS - (now.waited - last.waited));
    last = now;
  }, TICK_MS).unref();
});
process.on('exit', () => writeFileSync(`${process.env.LOOP_DELAY}${process.pid}`, String(longest)));

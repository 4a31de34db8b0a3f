// Preloaded into a server under test: notes in a file, when the process ends, for how many milliseconds its event loop
// was blocked at most since the first request. The file is LOOP_DELAY followed by the process id.
import diagnostics from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const delay = monitorEventLoopDelay({ resolution: 10 });
diagnostics.subscribe('http.server.request.start', () => delay.enable());
process.on('exit', () => {
  delay.disable();
  writeFileSync(`${process.env.LOOP_DELAY}${process.pid}`, String(delay.max / 1e6));
});

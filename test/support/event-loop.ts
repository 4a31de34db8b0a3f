/** How long the event loop stood still because of us, and not because the machine had other things to do. */
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';

const IDLE_THREAD = `
  const { monitorEventLoopDelay } = require('node:perf_hooks');
  const { parentPort } = require('node:worker_threads');
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  parentPort.once('message', () => parentPort.postMessage(delay.max / 1e6));
`;

export interface EventLoopWatch {
  /** The longest pause since the watch began, in milliseconds, less the longest of a thread that had nothing to do. */
  longestPause(): Promise<number>;
}

export function watchEventLoop(): EventLoopWatch {
  const idle = new Worker(IDLE_THREAD, { eval: true });
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  return {
    async longestPause() {
      delay.disable();
      idle.postMessage('stop');
      const [idlePause] = await once(idle, 'message');
      await idle.terminate();
      return Math.max(0, delay.max / 1e6 - idlePause);
    },
  };
}

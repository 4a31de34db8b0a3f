/** How far a long run has got: one line on stderr that is written over, only where somebody watches. */
import { performance } from 'node:perf_hooks';
import type { CommandContext } from './command.ts';

export interface Progress extends Disposable {
  /** Cheap: drawn at most ten times a second. */
  at(done: number, total: number): void;
}

const REDRAW_MS = 100;

/** @param what such as `sent` or `checked` */
export function showProgress(
  { runtime, options }: Pick<CommandContext, 'runtime' | 'options'>,
  what: string,
): Progress {
  const { stderr } = runtime;
  const shown = stderr.isTTY === true && options.quiet !== true && runtime.env.TERM !== 'dumb';
  let drawnAt = performance.now();
  let width = 0;
  const draw = (text: string) => {
    stderr.write(`\r${text.padEnd(width)}`);
    width = text.length;
  };
  return {
    at(done, total) {
      if (!shown || performance.now() - drawnAt < REDRAW_MS) return;
      drawnAt = performance.now();
      draw(`${what} ${done} of ${total} (${Math.floor((100 * done) / total)} %)`);
    },
    [Symbol.dispose]() {
      if (width === 0) return;
      draw('');
      stderr.write('\r');
    },
  };
}

/** The progress of a long run: one line on stderr that is overwritten, only on a terminal. */
import { performance } from 'node:perf_hooks';
import { printable } from '../../errors/foreign-text.ts';
import type { Runtime } from '../runtime.ts';
import { cut, textWidth } from './fitted-table.ts';

export interface Progress extends Disposable {
  /** Cheap: drawn at most ten times a second. */
  at(done: number, total: number): void;
}

const REDRAW_MS = 100;

/** @param what such as `sent` or `checked` */
export function showProgress({ stderr, env }: Pick<Runtime, 'stderr' | 'env'>, quiet: boolean, what: string): Progress {
  const shown = stderr.isTTY === true && !quiet && env.TERM !== 'dumb';
  let drawnAt = performance.now();
  let width = 0;
  const draw = (text: string) => {
    const taken = textWidth(text);
    stderr.write(`\r${text}${' '.repeat(Math.max(0, width - taken))}`);
    width = taken;
  };
  return {
    at(done, total) {
      if (!shown || performance.now() - drawnAt < REDRAW_MS) return;
      drawnAt = performance.now();
      const counted = ` ${done} of ${total} (${Math.floor((100 * done) / total)} %)`;
      // A line that reaches the last column would go on in the next one, and could not be overwritten.
      const room = Math.max(1, (stderr.columns || 80) - 1);
      draw(cut(`${cut(printable(what), Math.max(1, room - counted.length), 'end')}${counted}`, room, 'end'));
    },
    [Symbol.dispose]() {
      if (width === 0) return;
      draw('');
      stderr.write('\r');
    },
  };
}

/** The parts of a write as a trace has them: its place in the queue, the lock of the file, the transaction. */
import type { Trace } from '../../callback/trace.ts';

/** Ends one part and begins the next; without one it was the last. A part that is tried again is there twice. */
export type EnterPart = (next?: 'lock' | 'transaction') => void;

export function writeSpans(trace: Trace): EnterPart {
  let part: string | undefined = 'queue';
  let end = trace.begin(part);
  return (next) => {
    if (next === part) return;
    end();
    part = next;
    end = next === undefined ? () => undefined : trace.begin(next);
  };
}

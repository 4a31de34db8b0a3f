/** Work that waits for other work: a little of it is done in each turn of the event loop. */
import { setImmediate } from 'node:timers';

/** Pieces of work in one turn, a few milliseconds; then new connections and requests are accepted. */
const PER_TURN = 8;

/** @returns a function that puts a piece of work off; the pieces are done in their order */
export function openTurns(): (work: () => void) => void {
  const waiting: (() => void)[] = [];
  const turn = () => {
    for (const work of waiting.splice(0, PER_TURN)) work();
    if (waiting.length > 0) setImmediate(turn);
  };
  return (work) => {
    if (waiting.push(work) === 1) setImmediate(turn);
  };
}

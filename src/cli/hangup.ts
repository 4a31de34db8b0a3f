/** SIGHUP has two meanings: the terminal of a server was closed, or a server without a terminal must read its keys again. */
import { isatty } from 'node:tty';

export interface Hangups extends Disposable {
  /** Resolves when the terminal is closed; never for a server without one. */
  readonly terminalGone: Promise<void>;
  /** Sets the action of SIGHUP for a server without a terminal; before this call, SIGHUP has no effect. */
  reloads(reload: () => void): void;
}

/**
 * Listens until it is disposed of; the next SIGHUP then ends the process. A second SIGHUP has no effect: a shell sends one for its job, and the kernel another.
 * A server that was started with nohup has no terminal, so it goes on.
 */
export function onHangup(): Hangups {
  const hasTerminal = [0, 1, 2].some(isatty); // by number: `process.stdin` would open the stream, which fails when the terminal is closed
  const gone = Promise.withResolvers<void>();
  let reload: () => void = () => undefined;
  const heard = (): void => (hasTerminal ? gone.resolve() : reload());
  process.on('SIGHUP', heard);
  return {
    terminalGone: gone.promise,
    reloads(given) {
      reload = given;
    },
    [Symbol.dispose]: () => void process.off('SIGHUP', heard),
  };
}

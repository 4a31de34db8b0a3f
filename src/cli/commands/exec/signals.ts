/** Passes signals of this process to its command. */
import type { ChildProcess } from 'node:child_process';
import { signalExitCode } from '../../../errors/failure.ts';

export interface SignalForwarding {
  /** From now on, every signal is passed to this process. */
  to(child: ChildProcess): void;
  /** The exit code for a signal that arrived before the command was started. */
  early(): number | undefined;
  stop(): void;
}

/**
 * A terminal also sends SIGINT to the command, so the first one is not passed on. It may have been sent only to this
 * process, which cannot be known, so every later one is passed on, like each SIGTERM and SIGHUP.
 */
export function forwardSignals(hasTerminal: boolean): SignalForwarding {
  let child: ChildProcess | undefined;
  let early: NodeJS.Signals | undefined;
  let interrupted = false;
  const forward = (signal: NodeJS.Signals): void => {
    const sentByTerminal = hasTerminal && signal === 'SIGINT' && !interrupted;
    interrupted ||= signal === 'SIGINT';
    if (child === undefined) early ??= signal;
    else if (!sentByTerminal) child.kill(signal);
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, forward);
  return {
    to: (process) => {
      child = process;
    },
    early: () => (early === undefined ? undefined : signalExitCode(early)),
    stop: () => names.forEach((name) => void process.off(name, forward)),
  };
}

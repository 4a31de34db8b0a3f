/**
 * The clock of a state directory: the time by which its servers, and the commands beside them, judge and write. A server
 * with `--clock` makes it, `agent-paste clock` moves it, later servers of the directory share it, and it ends with the
 * last of them. Waits and intervals are not measured by it.
 */
import { join } from 'node:path';
import { Failure } from '../errors/failure.ts';
import { readPrivateFile, writePrivateFile } from './private-file.ts';
import { runningServers } from './server-notes.ts';
import { CLOCK_FILE } from './state-guard.ts';
import { clock as form, timeBy } from './values/clock.ts';

export function clockFile(directory: string): string {
  return join(directory, CLOCK_FILE);
}

/**
 * Called by a server that starts, under the guard.
 * @param wanted the clock of its settings
 * @param isFirst whether no other process uses the directory
 * @returns the clock; undefined for the time of the machine
 * @throws Failure conflict if others use the directory by another clock; state_corrupt, state_unwritable
 */
export function beginClock(directory: string, wanted: string | undefined, isFirst: boolean): string | undefined {
  const standing = isFirst ? undefined : standingClock(directory);
  if (wanted === undefined || wanted === standing) return standing;
  if (!isFirst)
    throw new Failure(
      'conflict',
      standing === undefined
        ? `${directory} is in use by the time of this machine, so its clock cannot be ${wanted}`
        : `the clock of ${directory} is ${standing} already, not ${wanted}`,
      standing === undefined
        ? 'Stop what uses it, or choose another --state-dir.'
        : 'Leave out --clock (AGENT_PASTE_CLOCK) to share it, or choose another --state-dir.',
    );
  writeClock(directory, wanted);
  return wanted;
}

export function writeClock(directory: string, clock: string): void {
  writePrivateFile(clockFile(directory), `${clock}\n`);
}

/** The clock by which the running servers of a directory judge; undefined without one. @throws Failure state_corrupt */
export function runningClock(directory: string): string | undefined {
  return runningServers(directory).length > 0 ? standingClock(directory) : undefined;
}

/**
 * The time for a command: that of the running server, otherwise that of the setting `clock`.
 * @param machine the time of the machine, in milliseconds since 1970
 */
export function clockedBy(
  { 'state-dir': directory, clock }: { readonly 'state-dir': string; readonly clock?: string | undefined },
  machine: () => number,
): () => number {
  if (clock === undefined && readPrivateFile(clockFile(directory)) === undefined) return machine;
  const shown = runningServers(directory).length > 0 ? standingClock(directory) : clock;
  return shown === undefined ? machine : () => timeBy(shown, machine());
}

/** The time for a server: the file is read each time, and a file that was removed or damaged moves nothing. */
export function serverTime(directory: string, begun: string, machine: () => number): () => number {
  let clock = begun;
  return () => {
    try {
      clock = standingClock(directory) ?? clock;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
    return timeBy(clock, machine());
  };
}

function standingClock(directory: string): string | undefined {
  const text = readPrivateFile(clockFile(directory));
  if (text === undefined) return undefined;
  return form.read(
    text.trimEnd(),
    (problem) => new Failure('state_corrupt', `${clockFile(directory)} ${problem}`, 'Start the server again.'),
  );
}

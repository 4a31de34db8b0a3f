/** Finds a callback that was answered just now, because a running server writes its log a little later. */
import { Failure } from '../errors/failure.ts';
import { runningServers } from '../machine/server-notes.ts';
import type { OpenedState } from './opened-state.ts';

/** The server writes after a tenth of a second; on a busy machine, later. */
const WRITTEN_WITHIN_MS = 2000;
const LOOK_INTERVAL_MS = 50;

/** Tries again until it is found or no server runs. @throws the errors of `look` */
export async function onceWritten<T>({ settings }: Pick<OpenedState, 'settings'>, look: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + WRITTEN_WITHIN_MS;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      const isMissing = error instanceof Failure && error.code === 'not_found';
      if (!isMissing || performance.now() > deadline || runningServers(settings['state-dir']).length === 0) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
  }
}

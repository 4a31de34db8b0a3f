import { setTimeout as sleep } from 'node:timers/promises';

/** @throws the reason of the signal */
export async function pause(milliseconds: number, signal?: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

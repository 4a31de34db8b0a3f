/** Ctrl-C ends what is under way, so that a verdict can be given on what is known; a second one ends the process. */
import { performance } from 'node:perf_hooks';
import type { Runtime } from './runtime.ts';

export interface Interruption {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** The first signal; undefined until it arrives. */
  by(): NodeJS.Signals | undefined;
}

const NAMES = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** A terminal sends the signal to all its processes, and npx passes it on to its command once more. */
const SAME_MS = 500;

export function interruption(runtime: Pick<Runtime, 'signal' | 'endBy'>): Interruption {
  const controller = new AbortController();
  const { signal } = controller;
  void listen(runtime, controller);
  return { signal, by: () => (signal.aborted ? signal.reason : undefined) };
}

async function listen({ signal, endBy }: Pick<Runtime, 'signal' | 'endBy'>, controller: AbortController) {
  controller.abort(await signal(...NAMES));
  const first = performance.now();
  for (;;) {
    const name = await signal(...NAMES);
    if (performance.now() - first > SAME_MS) endBy(name);
  }
}

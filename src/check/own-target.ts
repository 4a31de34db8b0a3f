import type { Launcher } from './own-server.ts';
import type { Target } from './target.ts';

/** A server that plays its own WorkOS sees a changed key at the next token. */
const OWN_PATIENCE_MS = 1000;

/** The target of a check without --url: a server of this program, with everything that an invariant may need. */
export async function startOwnTarget(launcher: Launcher): Promise<Target> {
  const { url, stateDir, minter } = await launcher.start([]);
  return { url, minter, own: { stateDir, start: launcher.start }, patienceMs: OWN_PATIENCE_MS };
}

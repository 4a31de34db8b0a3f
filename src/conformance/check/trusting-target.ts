/** A server that trusts the tokens of a minter. */
import type { Minter } from '../../server/minter.ts';
import type { CheckPlan } from './checks.ts';
import { INVARIANTS } from './invariants/invariants.ts';
import { ownSigningKey, preflight } from './preflight.ts';
import { borrowKeys } from './trial/borrowed-keys.ts';
import type { Target } from './trial/target.ts';
import type { TrialEdge } from './trial/trial.ts';

/** Longer than the 30 seconds in which `createRemoteJWKSet` of jose does not fetch again by default. */
export const DEFAULT_PATIENCE_MS = 40_000;

/**
 * Tests whether it trusts the tokens, and borrows keys for the check. Disposing removes users and keys again; the minter is
 * the caller's.
 * @throws the failures of `preflight`
 */
export async function openTrustingTarget(
  target: Pick<Target, 'url' | 'patienceMs'> & { readonly minter: Minter },
  plan: CheckPlan,
  edge: TrialEdge,
  keep = false,
): Promise<Target & AsyncDisposable> {
  const { minter } = target;
  const made = new Set<string>();
  await using held = new AsyncDisposableStack();
  held.defer(() => {
    if (!keep) for (const subject of made) minter.users.remove(subject);
  });
  const judged = { ...target, made };
  await preflight(judged, plan.seed, edge);
  const waiting = plan.ids.filter((id) => INVARIANTS[id].waitsForKeys).length;
  const keys = held.use(await borrowKeys(minter.keyring, edge.now, 1 + waiting, { keep }));
  const kid = await ownSigningKey({ ...judged, keys }, keys, plan.seed, edge);
  const all = held.move();
  return { ...judged, keys, ...(kid === undefined ? {} : { kid }), [Symbol.asyncDispose]: () => all.disposeAsync() };
}

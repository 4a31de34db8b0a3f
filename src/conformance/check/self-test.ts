/** Tests the checks themselves: every bug is switched on, and its invariant must catch it. */
import { BUG_NAMES, BUGS, type BugName } from './bugs/bugs.ts';
import { type CheckResult, runChecks } from './checks.ts';
import { INVARIANT_IDS, type InvariantId } from './invariants/ids.ts';
import { inLanes } from './trial/in-lanes.ts';
import { createLauncher, type LauncherEdge } from './trial/launcher.ts';
import { startOwnTarget } from './trial/target.ts';

export interface CaughtBug {
  readonly bug: BugName;
  readonly invariant: InvariantId;
  readonly caught: boolean;
  /** The problem that the invariant found, or the reason why it found none. */
  readonly observed: string;
  readonly milliseconds: number;
}

export interface SelfTestEdge extends LauncherEdge {
  readonly onCaught?: (result: CaughtBug) => void;
}

/** Broken servers at the same time; each is a process. */
const WIDTH = 2;

/** @returns a result for each bug, in the order of the table; those so far, if the signal ended the run */
export async function selfTest(seed: number, edge: SelfTestEdge): Promise<readonly CaughtBug[]> {
  const results = new Map<BugName, CaughtBug>();
  try {
    await inLanes(BUG_NAMES, WIDTH, async (bug) => {
      const result = await tryBug(bug, seed, edge);
      edge.signal?.throwIfAborted();
      results.set(bug, result);
      edge.onCaught?.(result);
    });
  } catch (error) {
    if (!edge.signal?.aborted) throw error;
  }
  return BUG_NAMES.flatMap((bug) => results.get(bug) ?? []);
}

async function tryBug(bug: BugName, seed: number, edge: SelfTestEdge): Promise<CaughtBug> {
  const invariant = BUGS[bug].breaks;
  await using launcher = createLauncher(['--bug', bug], edge);
  const target = await startOwnTarget(launcher, edge.now);
  const [result] = await runChecks(target, { ids: [invariant], seed, repeat: 1, strict: true, laterMs: 0 }, edge);
  return { bug, invariant, ...verdict(result), milliseconds: result?.milliseconds ?? 0 };
}

/** A server that only crashed does not count as caught. */
function verdict(result: CheckResult | undefined): Pick<CaughtBug, 'caught' | 'observed'> {
  const caught = result?.status === 'failed' && result.failure === null;
  return { caught, observed: result?.problems[0] ?? result?.reason ?? 'the invariant passed' };
}

/** Invariants that no bug breaks, so it is not shown that they can fail. */
export function unprovenInvariants(results: readonly CaughtBug[]): readonly InvariantId[] {
  return INVARIANT_IDS.filter((id) => !results.some(({ invariant, caught }) => caught && invariant === id));
}

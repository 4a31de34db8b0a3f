/** Whether the checks can be believed: every bug is switched on, and its invariant must say so. */
import { BUG_NAMES, BUGS, type BugName } from '../bugs/bugs.ts';
import { INVARIANT_IDS, type InvariantId } from './invariant-ids.ts';
import { inLanes } from './lanes.ts';
import { createLauncher, type LauncherEdge } from './own-server.ts';
import { startOwnTarget } from './own-target.ts';
import { type CheckResult, runChecks } from './run.ts';

export interface CaughtBug {
  readonly bug: BugName;
  readonly invariant: InvariantId;
  readonly caught: boolean;
  /** What the invariant saw, or why it saw nothing. */
  readonly observed: string;
  readonly milliseconds: number;
}

export interface SelfTestEdge extends LauncherEdge {
  readonly onCaught?: (result: CaughtBug) => void;
}

/** Broken servers at the same time; each is a process. */
const WIDTH = 2;

/** @returns a result for each bug, in the order of the table */
export async function selfTest(seed: number, edge: SelfTestEdge): Promise<readonly CaughtBug[]> {
  const results = new Map<BugName, CaughtBug>();
  await inLanes(BUG_NAMES, WIDTH, async (bug) => {
    const result = await tryBug(bug, seed, edge);
    results.set(bug, result);
    edge.onCaught?.(result);
  });
  return BUG_NAMES.flatMap((bug) => results.get(bug) ?? []);
}

async function tryBug(bug: BugName, seed: number, edge: SelfTestEdge): Promise<CaughtBug> {
  const invariant = BUGS[bug].breaks;
  await using launcher = createLauncher(['--bug', bug], edge);
  const target = await startOwnTarget(launcher);
  const [result] = await runChecks(target, { ids: [invariant], seed, repeat: 1 }, edge);
  return { bug, invariant, ...verdict(result), milliseconds: result?.milliseconds ?? 0 };
}

/** A server that merely fell over was not caught in the act. */
function verdict(result: CheckResult | undefined): Pick<CaughtBug, 'caught' | 'observed'> {
  const caught = result?.status === 'failed' && result.failure === null;
  return { caught, observed: result?.observed ?? result?.reason ?? 'the invariant passed' };
}

/** Invariants that no bug breaks: nothing shows that they can fail. */
export function unprovenInvariants(results: readonly CaughtBug[]): readonly InvariantId[] {
  return INVARIANT_IDS.filter((id) => !results.some(({ invariant, caught }) => caught && invariant === id));
}

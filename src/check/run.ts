/** Trying invariants on a target: side by side where they are independent, each with users of its own. */
import { Failure } from '../errors.ts';
import type { Invariant } from './invariant.ts';
import type { InvariantId } from './invariant-ids.ts';
import { INVARIANTS } from './invariants.ts';
import type { Judgement } from './judgement.ts';
import { inLanes } from './lanes.ts';
import { type Target, whyNot } from './target.ts';
import { createTrial, type TrialEdge } from './trial.ts';

export interface CheckPlan {
  readonly ids: readonly InvariantId[];
  /** Users and ids follow from it. */
  readonly seed: number;
  /** How often each is tried, until it fails. */
  readonly repeat: number;
}

export interface CheckResult {
  readonly id: InvariantId;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Of a failed one: what was seen instead. */
  readonly observed: string | null;
  /** Of a skipped one: why. */
  readonly reason: string | null;
  /** The target could not be reached, or did not answer: no verdict on the invariant, and no pass either. */
  readonly failure: Failure | null;
  readonly rounds: number;
  readonly milliseconds: number;
}

export interface RunEdge extends TrialEdge {
  /** Told after each result of each round. */
  readonly onProgress?: (round: number, result: CheckResult) => void;
}

/** Invariants that run at the same time: enough to overlap their waiting, few enough not to be a load test. */
const WIDTH = 6;

/** @returns the results in the order of the plan. A failed invariant is not tried again. */
export async function runChecks(target: Target, plan: CheckPlan, edge: RunEdge): Promise<readonly CheckResult[]> {
  const results = new Map<InvariantId, CheckResult>();
  // Given tokens are of few users, who must not meet in two invariants at once.
  const width = target.minter === undefined ? 1 : WIDTH;

  const tryOne = async (id: InvariantId, round: number): Promise<void> => {
    const before = results.get(id);
    if (before !== undefined && before.status !== 'passed') return;
    const result = await tryInvariant(id, round, target, plan, edge);
    const total = { ...result, rounds: round, milliseconds: result.milliseconds + (before?.milliseconds ?? 0) };
    results.set(id, total);
    edge.onProgress?.(round, total);
  };

  for (let round = 1; round <= plan.repeat; round++) {
    const [independent, alone] = [false, true].map((want) =>
      plan.ids.filter((id) => (INVARIANTS[id].alone ?? false) === want),
    );
    await inLanes(independent ?? [], width, (id) => tryOne(id, round));
    await inLanes(alone ?? [], 1, (id) => tryOne(id, round));
  }
  return plan.ids.flatMap((id) => results.get(id) ?? []);
}

async function tryInvariant(
  id: InvariantId,
  round: number,
  target: Target,
  { seed }: CheckPlan,
  edge: TrialEdge,
): Promise<CheckResult> {
  const invariant: Invariant = INVARIANTS[id];
  const nothing = { id, observed: null, reason: null, failure: null, rounds: round, milliseconds: 0 };
  const reason = whyNot(invariant.needs, target);
  if (reason !== undefined) return { ...nothing, status: 'skipped', reason };
  const began = performance.now();
  const outcome = await judgement(() => invariant.run(createTrial(target, [seed, id, round], edge)));
  const result = { ...nothing, milliseconds: performance.now() - began };
  if (outcome instanceof Failure) return { ...result, status: 'failed', observed: outcome.message, failure: outcome };
  if (outcome.holds === undefined) return { ...result, status: 'skipped', reason: outcome.reason };
  if (outcome.holds) return { ...result, status: 'passed' };
  return { ...result, status: 'failed', observed: outcome.observed };
}

/** Only what stands for the target's silence becomes a result; anything else is a bug, or a setting that is wrong. */
async function judgement(run: () => Promise<Judgement>): Promise<Judgement | Failure> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Failure && (error.code === 'unreachable' || error.code === 'timed_out')) return error;
    throw error;
  }
}

/** Tries invariants on a target. Independent ones run side by side, each with its own users. */
import { performance } from 'node:perf_hooks';
import { Failure } from '../../errors/failure.ts';
import { pause } from '../replay/pause.ts';
import { endingClaims } from './ending.ts';
import type { InvariantId } from './invariants/ids.ts';
import type { Invariant } from './invariants/invariant.ts';
import { INVARIANTS } from './invariants/invariants.ts';
import { type CheckResult, resultOf } from './result.ts';
import { inLanes } from './trial/in-lanes.ts';
import { NotNow } from './trial/settling.ts';
import { type Target, whyNot } from './trial/target.ts';
import { createTrial, type Trial, type TrialEdge } from './trial/trial.ts';
import { judge, must, type Verdict } from './trial/verdict.ts';

export type { CheckResult } from './result.ts';

export interface CheckPlan {
  readonly ids: readonly InvariantId[];
  /** Determines users and ids. */
  readonly seed: number;
  /** How often each is tried, until it fails. */
  readonly repeat: number;
  /** Whether recommendations also decide. */
  readonly strict?: boolean;
  /** Milliseconds after which accepted callbacks are sent once more; 4 seconds by default. */
  readonly laterMs?: number;
}

export interface RunEdge extends TrialEdge {
  /** Called after each result of each round. */
  readonly onProgress?: (round: number, result: CheckResult) => void;
}

/** Invariants that run at the same time: enough to overlap their waiting, few enough not to be a load test. */
const WIDTH = 6;

/** Longer than the life of a record whose lifetime is in seconds by mistake, instead of minutes. */
const LATER_MS = 4000;

/**
 * A failed invariant is not tried again.
 * @returns the results in the order of the plan; what is known so far, if the signal ended the run
 */
export async function runChecks(target: Target, plan: CheckPlan, edge: RunEdge): Promise<readonly CheckResult[]> {
  const results = new Map<InvariantId, CheckResult>();
  try {
    await tryAll(target, plan, edge, results);
  } catch (error) {
    if (!edge.signal?.aborted) throw error;
    return plan.ids.map((id) => stoppedResult(id, results.get(id)));
  }
  return plan.ids.flatMap((id) => results.get(id) ?? []);
}

/** An invariant holds only at the end of the run. */
export function stoppedResult(id: InvariantId, known?: CheckResult): CheckResult {
  if (known === undefined) return resultOf(id, { claims: [], untried: ['the check was stopped before'] }, 0, {});
  if (known.status === 'failed' || known.status === 'skipped') return known;
  const reasons = [known.reason, 'the check was stopped before its end'].filter((reason) => reason !== null);
  return { ...known, status: 'part', reason: reasons.join('; ') };
}

async function tryAll(
  target: Target,
  plan: CheckPlan,
  edge: RunEdge,
  results: Map<InvariantId, CheckResult>,
): Promise<void> {
  const trials = new Map<InvariantId, Trial>();
  // Given tokens have few users, and two invariants at once must not use the same user.
  const width = target.minter === undefined ? 1 : WIDTH;
  const began = performance.now();

  const tryOne = async (id: InvariantId, round: number): Promise<void> => {
    const before = results.get(id);
    if (before !== undefined && before.status !== 'passed' && before.status !== 'part') return;
    const trial = createTrial(target, [plan.seed, id, round], edge);
    trials.set(id, trial);
    const result = { ...(await tryInvariant(id, trial, target, plan)), rounds: round };
    const total = { ...result, milliseconds: result.milliseconds + (before?.milliseconds ?? 0) };
    results.set(id, total);
    edge.onProgress?.(round, total);
  };

  for (let round = 1; round <= plan.repeat; round++) {
    const [waiting, others] = [true, false].map((want) =>
      plan.ids.filter((id) => (INVARIANTS[id].waitsForKeys ?? false) === want),
    ) as [InvariantId[], InvariantId[]];
    // Invariants that wait for keys have their own lanes, because they only wait.
    await Promise.all([
      inLanes(waiting, width === 1 ? 1 : Math.max(1, waiting.length), (id) => tryOne(id, round)),
      inLanes(others, width, (id) => tryOne(id, round)),
    ]);
  }

  const goingOn = plan.ids.filter((id) => isGood(results.get(id)));
  if (goingOn.length > 0) await pause(Math.max(0, began + (plan.laterMs ?? LATER_MS) - performance.now()), edge.signal);
  await inLanes(goingOn, width, async (id) => {
    const [before, trial] = [results.get(id), trials.get(id)];
    if (before === undefined || trial === undefined) return;
    const ended = await endInvariant(before, trial, plan);
    results.set(id, ended);
  });
}

function isGood(result: CheckResult | undefined): boolean {
  return (result?.status === 'passed' || result?.status === 'part') && result.failure === null;
}

async function tryInvariant(id: InvariantId, trial: Trial, target: Target, plan: CheckPlan): Promise<CheckResult> {
  const invariant: Invariant = INVARIANTS[id];
  const reason = whyNot(invariant.needs, target);
  if (reason !== undefined) return resultOf(id, { claims: [], untried: [reason] }, 0, plan);
  const began = performance.now();
  const verdict = await verdictOf(trial, () => invariant.run(trial));
  return resultOf(id, verdict, performance.now() - began, plan);
}

/** Sends accepted callbacks once more, and makes the claims that the invariant left for the end. */
async function endInvariant(before: CheckResult, trial: Trial, plan: CheckPlan): Promise<CheckResult> {
  const began = performance.now();
  const verdict = await verdictOf(trial, async () => judge(...(await endingClaims(trial))));
  const ended = resultOf(before.id, verdict, before.milliseconds + performance.now() - began, plan);
  const advice = [...before.advice, ...ended.advice];
  if (ended.status === 'skipped' || (ended.status === 'passed' && before.status === 'part'))
    return { ...before, advice, milliseconds: ended.milliseconds };
  return { ...ended, advice, rounds: before.rounds, reason: ended.reason ?? before.reason };
}

/** Only a missing answer of the target becomes a result; any other error is a bug or an invalid setting. */
async function verdictOf(trial: Trial, run: () => Promise<Verdict>): Promise<Verdict | Failure> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof Failure) || (error.code !== 'unreachable' && error.code !== 'timed_out')) throw error;
    return (await isOfItsOwn(trial, error)) ? judge(must(false, `${error.message}, and others are answered`)) : error;
  }
}

/**
 * "Not now", again and again, is a verdict if a new user beside it is answered at once. A rate limit may be of any kind, and
 * a server that is started again is not there for all.
 */
async function isOfItsOwn(trial: Trial, failure: Failure): Promise<boolean> {
  if (!trial.canMint || !(failure instanceof NotNow) || failure.status === 429 || failure.isDown) return false;
  try {
    return (await trial.post(trial.token(), { budgetMs: 0, isRepeated: false })).status === 200;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

/** `agent-paste check --self-test` */

import { BUGS } from '../../../conformance/check/bugs/bugs.ts';
import { type CheckResult, runChecks } from '../../../conformance/check/checks.ts';
import { observedOf } from '../../../conformance/check/document.ts';
import { INVARIANT_IDS } from '../../../conformance/check/invariants/ids.ts';
import { type CaughtBug, selfTest, unprovenInvariants } from '../../../conformance/check/self-test.ts';
import { createLauncher, type LauncherEdge } from '../../../conformance/check/trial/launcher.ts';
import { startOwnTarget } from '../../../conformance/check/trial/target.ts';
import { EXIT_CODES } from '../../../errors/failure.ts';
import { printable } from '../../../errors/foreign-text.ts';
import type { CommandContext } from '../../command.ts';
import type { Verdict } from '../../reporting.ts';
import { paragraph } from '../../terminal/paragraph.ts';

/** First the correct server, which must pass every invariant; then each bug, which its invariant must catch. */
export async function checkSelfTest(context: CommandContext, seed: number, edge: LauncherEdge): Promise<Verdict> {
  const right = await checkRightServer(seed, edge);
  const caught = await checkBugs(context, seed, edge);
  const isStopped = edge.signal?.aborted === true;
  // Which invariants no bug breaks is known at the end alone.
  const unproven = isStopped ? [] : unprovenInvariants(caught);
  const ok =
    !isStopped &&
    right.every(({ status }) => status === 'passed') &&
    caught.every((bug) => bug.caught) &&
    unproven.length === 0;
  if (context.output.json) {
    context.output.document({
      ok,
      ...(isStopped ? { stopped: edge.signal?.reason } : {}),
      seed,
      right_server: right.map((result) => ({ id: result.id, status: result.status, observed: observedOf(result) })),
      bugs: caught.map(({ milliseconds, ...bug }) => ({ ...bug, milliseconds: Math.round(milliseconds) })),
      invariants_that_no_bug_breaks: unproven,
    });
  } else print(context, right, caught, unproven);
  if (!ok) context.exitWith(EXIT_CODES.verdict_no);
  return { name: 'agent-paste check --self-test', cases: caught.map((bug) => caseOf(bug, seed)) };
}

async function checkRightServer(seed: number, edge: LauncherEdge): Promise<readonly CheckResult[]> {
  await using launcher = createLauncher([], edge);
  return await runChecks(
    await startOwnTarget(launcher, edge.now),
    { ids: INVARIANT_IDS, seed, repeat: 1, strict: true },
    edge,
  );
}

async function checkBugs(context: CommandContext, seed: number, edge: LauncherEdge): Promise<readonly CaughtBug[]> {
  using progress = context.output.progress('bugs tried');
  let done = 0;
  return selfTest(seed, { ...edge, onCaught: () => progress.at(++done, Object.keys(BUGS).length) });
}

function print(
  { output: { line, paint }, runtime }: CommandContext,
  right: readonly CheckResult[],
  caught: readonly CaughtBug[],
  unproven: readonly string[],
): void {
  const passed = right.filter(({ status }) => status === 'passed').length;
  line(`${passed} of ${right.length} invariants pass on the right server`);
  for (const result of right.filter(({ status }) => status !== 'passed'))
    line(`${paint.red(result.status)}  ${result.id}  ${observedOf(result) ?? result.reason ?? ''}`);
  line('');
  for (const { bug, invariant, caught: wasCaught, observed } of caught) {
    line(`${wasCaught ? paint.green('caught') : paint.red('MISSED')}  ${bug.padEnd(26)}${invariant}`);
    for (const each of paragraph(printable(observed), { width: runtime.stdout.columns, indent: ' '.repeat(8) }))
      line(each);
  }
  line('');
  line(`${caught.filter((bug) => bug.caught).length} of ${caught.length} bugs caught`);
  const left = Object.keys(BUGS).length - caught.length;
  if (left > 0) line(paint.yellow(`stopped: ${left} bugs were not tried`));
  if (unproven.length > 0) line(paint.red(`no bug breaks ${unproven.join(', ')}`));
}

function caseOf({ bug, invariant, caught, observed, milliseconds }: CaughtBug, seed: number): Verdict['cases'][number] {
  const base = { id: bug, description: BUGS[bug].summary, milliseconds };
  if (caught) return { ...base, status: 'passed' };
  return {
    ...base,
    status: 'failed',
    message: `${invariant} did not catch it`,
    expected: `${invariant} fails`,
    observed,
    reproduce: `agent-paste check --self-test --seed ${seed}`,
  };
}

/** `agent-paste check --self-test` */
import { BUGS } from '../../bugs/bugs.ts';
import { INVARIANT_IDS } from '../../check/invariant-ids.ts';
import { createLauncher, type LauncherEdge } from '../../check/own-server.ts';
import { startOwnTarget } from '../../check/own-target.ts';
import { type CheckResult, runChecks } from '../../check/run.ts';
import { type CaughtBug, selfTest, unprovenInvariants } from '../../check/self-test.ts';
import { EXIT_CODES, Failure } from '../../errors.ts';
import { printable } from '../../http/request-log.ts';
import type { Report } from '../../replay/reports.ts';
import type { CommandContext } from '../command.ts';
import { paragraph } from '../paragraph.ts';
import { showProgress } from '../progress.ts';

/** The right server first, which every invariant must pass; then each bug, which its invariant must catch. */
export async function checkSelfTest(
  context: CommandContext,
  { only = [], skip = [] }: { readonly only?: readonly string[]; readonly skip?: readonly string[] },
  seed: number,
  edge: LauncherEdge,
): Promise<Report> {
  if (only.length + skip.length > 0)
    throw new Failure('invalid_argument', '--self-test takes neither --only nor --skip');
  const right = await checkRightServer(seed, edge);
  const caught = await checkBugs(context, seed, edge);
  const unproven = unprovenInvariants(caught);
  const ok =
    right.every(({ status }) => status === 'passed') && caught.every((bug) => bug.caught) && unproven.length === 0;
  if (context.output.json) {
    context.output.document({
      ok,
      seed,
      right_server: right.map(({ id, status, observed }) => ({ id, status, observed })),
      bugs: caught.map(({ milliseconds, ...bug }) => ({ ...bug, milliseconds: Math.round(milliseconds) })),
      invariants_that_no_bug_breaks: unproven,
    });
  } else print(context, right, caught, unproven);
  if (!ok) context.exitWith(EXIT_CODES.verdict_no);
  return { name: 'agent-paste check --self-test', cases: caught.map((bug) => caseOf(bug, seed)) };
}

async function checkRightServer(seed: number, edge: LauncherEdge): Promise<readonly CheckResult[]> {
  await using launcher = createLauncher([], edge);
  return await runChecks(await startOwnTarget(launcher), { ids: INVARIANT_IDS, seed, repeat: 1 }, edge);
}

async function checkBugs(context: CommandContext, seed: number, edge: LauncherEdge): Promise<readonly CaughtBug[]> {
  using progress = showProgress(context, 'bugs tried');
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
  for (const { id, status, observed, reason } of right.filter((result) => result.status !== 'passed'))
    line(`${paint.red(status)}  ${id}  ${observed ?? reason ?? ''}`);
  line('');
  for (const { bug, invariant, caught: wasCaught, observed } of caught) {
    line(`${wasCaught ? paint.green('caught') : paint.red('MISSED')}  ${bug.padEnd(26)}${invariant}`);
    for (const each of paragraph(printable(observed), { width: runtime.stdout.columns, indent: ' '.repeat(8) }))
      line(each);
  }
  line('');
  line(`${caught.filter((bug) => bug.caught).length} of ${caught.length} bugs caught`);
  if (unproven.length > 0) line(paint.red(`no bug breaks ${unproven.join(', ')}`));
}

function caseOf({ bug, invariant, caught, observed, milliseconds }: CaughtBug, seed: number): Report['cases'][number] {
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

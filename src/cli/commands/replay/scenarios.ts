/** `agent-paste replay <scenario>…` */

import type { PlacedSend, PlacedViolation } from '../../../conformance/replay/document.ts';
import type { ReportCase } from '../../../conformance/reports/reports.ts';
import type { NamedStep, ReadScenario } from '../../../conformance/scenario/read.ts';
import { runScenario, type ScenarioWorld, type StepResult } from '../../../conformance/scenario/run.ts';
import { Failure } from '../../../errors/failure.ts';
import { resolveSettings } from '../../../machine/settings.ts';
import { shellWord } from '../../../machine/values/shell-word.ts';
import { startTemporaryServer } from '../../../server/temporary-server.ts';
import { interruption } from '../../interruption.ts';
import { packageVersion } from '../../runtime.ts';
import { createServerLog } from '../../terminal/server-log.ts';
import { caseVerdict } from './cases.ts';
import { conclude } from './conclude.ts';
import type { ReplayInput } from './inputs.ts';
import { commandLine, type ReplayRun } from './replay-run.ts';
import { latencyLine, outcomesLine } from './summary.ts';

export interface ReplayScenario extends ReadScenario {
  readonly input: ReplayInput;
}

/** @param urlGiven whether --url was given */
export async function replayScenarios(
  run: ReplayRun,
  scenarios: readonly ReplayScenario[],
  urlGiven: boolean,
): Promise<void> {
  for (const scenario of scenarios) {
    if (scenario.server === 'own' && urlGiven)
      throw new Failure(
        'invalid_argument',
        `${scenario.file.path} starts its own server; --url does not go with it`,
        'builtin:any-server is a scenario for a server at --url.',
      );
  }
  const stop = interruption(run.context.runtime);
  const sends: PlacedSend[] = [];
  const violations: PlacedViolation[] = [];
  const cases: ReportCase[] = [];
  let done = 0;
  for (const scenario of scenarios) {
    const results = await resultsOf(run, scenario, stop.signal);
    const found = place(run, scenario, results, sends.length);
    if (results.length === scenario.steps.length && results.every(({ isStopped }) => !isStopped)) done += 1;
    for (const send of found.sends) sends.push(send);
    for (const violation of found.violations) violations.push(violation);
    for (const one of found.cases) cases.push(one);
  }
  const [only] = scenarios;
  const single = scenarios.length === 1 && only !== undefined;
  const failed = new Set(violations.map(({ scenario }) => scenario));
  const ofAll = `of ${scenarios.length} scenarios`;
  conclude(run, {
    name: single ? only.name : 'scenarios',
    sends,
    violations,
    cases,
    facts: {
      scenarios: scenarios.map(({ name, file }, index) => ({
        name,
        file: file.path,
        // A scenario that was not run to its end neither holds nor fails.
        ok: failed.has(name) ? false : index < done ? true : null,
      })),
    },
    remark: single
      ? only.name
      : done < scenarios.length
        ? `${done} ${ofAll} were run to their end`
        : `${scenarios.length - failed.size} ${ofAll} hold`,
    stopped: stop.by(),
  });
}

/** Nothing of a scenario that did not begin before the signal. */
async function resultsOf(run: ReplayRun, scenario: ReplayScenario, signal: AbortSignal): Promise<StepResult[]> {
  if (signal.aborted) return [];
  try {
    return await runOne(run, scenario, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    return []; // its server did not start any more
  }
}

async function runOne(run: ReplayRun, scenario: ReplayScenario, signal: AbortSignal): Promise<StepResult[]> {
  const { context, settings, flags } = run;
  const { now, random } = context.runtime;
  using progress = context.output.progress(scenario.name);
  const world = {
    runId: random.ulid(now()),
    now,
    timeoutMs: flags.timeout,
    signal,
    onStep: progress.at,
  } satisfies Partial<ScenarioWorld>;
  if (scenario.server === 'own') {
    const log = createServerLog(context.runtime, context.output, 'off');
    const { values } = resolveSettings({ ...scenario.settings, port: '0' }, {}, undefined);
    let ahead = 0;
    const clock = {
      now: () => now() + ahead,
      advance: (time: number) => {
        ahead += time;
      },
    };
    const edge = { now: clock.now, random, log, version: packageVersion() };
    await using server = await startTemporaryServer(values, edge, { purpose: 'replay' });
    return await runScenario(scenario, { ...world, ...clock, ...server, url: () => server.running().url });
  }
  using minter = await run.openMinter();
  return await runScenario(scenario, { ...world, minter, url: () => settings.url });
}

/** Sends are numbered through all scenarios of a run. */
function place(
  run: ReplayRun,
  scenario: ReplayScenario,
  results: readonly StepResult[],
  before: number,
): { sends: PlacedSend[]; violations: PlacedViolation[]; cases: readonly ReportCase[] } {
  const file = shellWord(scenario.input.argument);
  const reproduce = scenario.server === 'own' ? `agent-paste replay ${file}` : commandLine(run, file);
  const placed = results.map(({ step, sends: sent, violations: broken, milliseconds, isStopped }, index) => {
    const where = { scenario: scenario.name, step: step.id };
    const sends = sent.map((send) => ({ ...send, n: send.n + before, ...where }));
    const violations = broken.map((violation) => ({
      ...violation,
      n: violation.n + before,
      ...where,
      reproduce,
      place: () => ({
        file: scenario.input.isFile ? scenario.input.argument : undefined,
        line: scenario.file.lineOf(['steps', index, ...(violation.where ?? [])]),
      }),
    }));
    return {
      sends,
      violations,
      one: {
        ...namesOf(scenario, step),
        milliseconds,
        ...(sends.length === 0 ? {} : { output: `${outcomesLine(sends)}; ${latencyLine(sends)}` }),
        ...(isStopped && violations.length === 0 ? NOT_RUN : caseVerdict(violations)),
      },
    };
  });
  return {
    sends: placed.flatMap(({ sends }) => sends),
    violations: placed.flatMap(({ violations }) => violations),
    cases: [
      ...placed.map(({ one }) => one),
      ...scenario.steps
        .slice(results.length)
        .map((step) => ({ ...namesOf(scenario, step), milliseconds: 0, ...NOT_RUN })),
    ],
  };
}

const NOT_RUN = { status: 'skipped', message: 'the run was stopped before' } as const;

function namesOf({ name: suite }: ReplayScenario, { id, why, kind }: NamedStep) {
  return { id: `${suite}: ${id}`, suite, name: id, description: why ?? kind };
}

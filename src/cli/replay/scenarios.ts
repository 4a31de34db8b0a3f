/** `agent-paste replay <scenario>…` */
import { constants } from 'node:os';
import { Failure } from '../../errors.ts';
import type { ReportCase } from '../../replay/reports.ts';
import type { ReadScenario } from '../../replay/scenario/read.ts';
import { runScenario, type ScenarioWorld, type StepResult } from '../../replay/scenario/run.ts';
import { showProgress } from '../progress.ts';
import { packageVersion } from '../runtime.ts';
import { createServerLog } from '../server-log.ts';
import { caseVerdict, conclude, type PlacedSend, type Violation } from './conclude.ts';
import { type OwnServer, refuseBadSettings, startOwnServer } from './own-server.ts';
import { commandLine, type ReplayRun, shellWord } from './run.ts';

/** @param urlGiven whether --url stands on the command line */
export async function replayScenarios(
  run: ReplayRun,
  scenarios: readonly ReadScenario[],
  urlGiven: boolean,
): Promise<void> {
  for (const scenario of scenarios) {
    refuseBadSettings(scenario);
    if (scenario.server === 'own' && urlGiven)
      throw new Failure('invalid_argument', `${scenario.file.path} starts its own server; --url does not go with it`);
  }
  const stop = interruption(run);
  const sends: PlacedSend[] = [];
  const violations: Violation[] = [];
  const cases: ReportCase[] = [];
  try {
    for (const scenario of scenarios) {
      const results = await runOne(run, scenario, stop.signal);
      const found = place(run, scenario, results, sends.length);
      sends.push(...found.sends);
      violations.push(...found.violations);
      cases.push(...found.cases);
    }
  } catch (error) {
    // What was started is stopped by now, and the exit code tells the signal.
    if (!stop.signal.aborted) throw error;
    run.context.exitWith(stop.exitCode());
    return;
  }
  const [only] = scenarios;
  const single = scenarios.length === 1 && only !== undefined;
  const failed = new Set(violations.map(({ scenario }) => scenario));
  conclude(run, {
    name: single ? only.name : 'scenarios',
    sends,
    violations,
    cases,
    facts: {
      scenarios: scenarios.map(({ name, file }) => ({ name, file: file.path, ok: !failed.has(name) })),
    },
    remark: single ? only.name : `${scenarios.length - failed.size} of ${scenarios.length} scenarios hold`,
  });
}

async function runOne(run: ReplayRun, scenario: ReadScenario, signal: AbortSignal): Promise<StepResult[]> {
  const { context, settings, flags } = run;
  const { now, random } = context.runtime;
  using progress = showProgress(context, scenario.name);
  const world = {
    runId: random.ulid(now()),
    now,
    timeoutMs: flags.timeout,
    signal,
    onStep: progress.at,
  } satisfies Partial<ScenarioWorld>;
  if (scenario.server === 'own') {
    const log = createServerLog(context, 'off');
    await using server: OwnServer = await startOwnServer(scenario, { now, random, log, version: packageVersion() });
    return await runScenario(scenario, { ...world, ...server });
  }
  using minter = await run.openMinter();
  return await runScenario(scenario, { ...world, minter, url: () => settings.url });
}

/** Sends are numbered through all scenarios of a run. */
function place(
  run: ReplayRun,
  scenario: ReadScenario,
  results: readonly StepResult[],
  before: number,
): { sends: PlacedSend[]; violations: Violation[]; cases: ReportCase[] } {
  const file = shellWord(scenario.file.path);
  const reproduce = scenario.server === 'own' ? `agent-paste replay ${file}` : commandLine(run, file);
  const placed = results.map(({ step, sends, findings, milliseconds }) => {
    const where = { scenario: scenario.name, step: step.id };
    const violations = findings.map((finding) => ({ ...finding, n: finding.n + before, ...where, reproduce }));
    return {
      sends: sends.map((send) => ({ ...send, n: send.n + before, ...where })),
      violations,
      one: {
        id: `${scenario.name}: ${step.id}`,
        description: step.why ?? step.kind,
        milliseconds,
        ...caseVerdict(violations),
      },
    };
  });
  return {
    sends: placed.flatMap(({ sends }) => sends),
    violations: placed.flatMap(({ violations }) => violations),
    cases: placed.map(({ one }) => one),
  };
}

/** Ctrl-C ends the sends, so that the own server is stopped and its state removed; a second one ends the process. */
function interruption({ context }: ReplayRun): { signal: AbortSignal; exitCode(): number } {
  const controller = new AbortController();
  let received: NodeJS.Signals = 'SIGINT';
  void context.runtime.signal('SIGINT', 'SIGTERM').then((name) => {
    received = name;
    controller.abort(new Failure('timed_out', `stopped by ${name}`));
  });
  return { signal: controller.signal, exitCode: () => 128 + constants.signals[received] };
}

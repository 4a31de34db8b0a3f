/** `agent-paste check` */
import type { Command } from 'commander';
import { INVARIANT_IDS, type InvariantId } from '../check/invariant-ids.ts';
import { INVARIANTS, invariantNamed } from '../check/invariants.ts';
import { createLauncher } from '../check/own-server.ts';
import { startOwnTarget } from '../check/own-target.ts';
import { preflight } from '../check/preflight.ts';
import { type CheckPlan, type CheckResult, type RunEdge, runChecks } from '../check/run.ts';
import type { Target } from '../check/target.ts';
import { EXIT_CODES, Failure } from '../errors.ts';
import { duration } from '../setting-values.ts';
import { count } from './arguments.ts';
import { openForeignTarget, type TargetFlags } from './check/foreign-target.ts';
import { jsonResult, printResults, reportOf, type Shown } from './check/results.ts';
import type { Action, CommandContext, GlobalOptions } from './command.ts';
import { addExamples } from './examples.ts';
import { showProgress } from './progress.ts';
import { openReporting, REPORT_OPTION } from './reporting.ts';
import { commandSettings } from './settings.ts';
import { table } from './table.ts';

export interface CheckFlags extends TargetFlags {
  readonly list?: boolean;
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  readonly seed?: number;
  readonly repeat?: number;
  readonly report?: readonly string[];
  readonly selfTest?: boolean;
}

const MOST_SEED = 999_999_999;

export function configure(command: Command, action: Action): void {
  addExamples(command, [
    'agent-paste check',
    'agent-paste check --url http://127.0.0.1:8787 --skip removed-key-refused',
    'agent-paste check --only one-secret-per-user --repeat 20 --report junit=check.xml',
  ])
    .option('--url <url>', 'judge this server instead of one of its own (AGENT_PASTE_API_URL)')
    .option('--allow-remote', 'let --url be a server that is not on this machine')
    .option('--token <token>', 'for a server that trusts other keys: the token, @file, or - for stdin')
    .option('--tokens <file>', 'the same, a token per line')
    .option('--issuer <url>', 'issuer of the minted tokens (WORKOS_ISSUER)')
    .option('--client-id <id>', 'client of the minted tokens (WORKOS_CLIENT_ID)')
    .option(
      '--patience <duration>',
      'how long the server at --url may take to notice a changed signing key (default 40s)',
      patience,
    )
    .option('--list', 'list the invariants, what each means and needs')
    .option('--only <names>', 'these invariants alone; repeatable, or separated by commas', names)
    .option('--skip <names>', 'not these invariants; repeatable, or separated by commas', names)
    .option('--seed <n>', 'users and ids follow from it (default: a new one)', count('--seed', MOST_SEED))
    .option('--repeat <n>', 'how often each is tried (default 1)', count('--repeat', 100_000))
    .option(REPORT_OPTION.flags, REPORT_OPTION.description, REPORT_OPTION.collect)
    .option('--self-test', 'switch on every known bug, and show that its invariant catches it')
    .action(action((context, flags: CheckFlags) => check(context, flags)));
}

function names(text: string, given: readonly string[] = []): readonly string[] {
  return [...given, ...text.split(',').map((name) => name.trim())];
}

function patience(text: string): number {
  return duration('0ms', '24h')(text, (problem) => new Failure('invalid_argument', `--patience: ${problem}`));
}

async function check(context: CommandContext, flags: CheckFlags): Promise<void> {
  const { runtime } = context;
  if (flags.list) {
    list(context);
    return;
  }
  const plan: CheckPlan = {
    ids: selected(flags),
    seed: flags.seed ?? 1 + (runtime.random.bytes(4).readUInt32BE() % MOST_SEED),
    repeat: flags.repeat ?? 1,
  };
  const report = openReporting(context, flags.report ?? []);
  const stop = new AbortController();
  void runtime.signal('SIGINT', 'SIGTERM').then((name) => stop.abort(name));
  const edge = {
    program: runtime.program,
    env: runtime.env,
    now: runtime.now,
    random: runtime.random,
    signal: stop.signal,
  };
  try {
    if (flags.selfTest) {
      const { checkSelfTest } = await import('./check/self-test.ts');
      report(await checkSelfTest(context, flags, plan.seed, edge));
      return;
    }
    const { values: settings, origins } = await commandSettings({ ...context, options: withoutSeed(context.options) });
    await using launcher = createLauncher([], edge);
    const isForeign = origins.url !== 'default';
    using foreign = isForeign ? await openForeignTarget(context, settings, flags) : undefined;
    const target = foreign ?? (await startOwnTarget(launcher));
    if (isForeign) await preflight(target, plan.seed, edge);
    const shown = {
      target,
      isForeign,
      plan,
      stateDir: origins['state-dir'] === 'default' ? undefined : settings['state-dir'],
    };
    const results = await runWithProgress(context, target, plan, edge);
    report(reportOf(results, shown));
    conclude(context, results, shown);
  } catch (error) {
    if (!stop.signal.aborted) throw error; // whatever fails after that, fails because of it
    context.exitWith(stop.signal.reason === 'SIGINT' ? 130 : 143);
  }
}

/** `--seed` of `check` is a number; the setting of that name is a file for `serve`. */
function withoutSeed(options: GlobalOptions & { readonly seed?: unknown }): GlobalOptions {
  const { seed: _, ...settings } = options;
  return settings;
}

/** In the order of the table. @throws Failure invalid_argument */
function selected({ only = [], skip = [] }: CheckFlags): readonly InvariantId[] {
  const wanted = new Set(only.length === 0 ? INVARIANT_IDS : only.map((name) => invariantNamed(name, '--only')));
  for (const name of skip) wanted.delete(invariantNamed(name, '--skip'));
  if (wanted.size === 0) throw new Failure('invalid_argument', '--only and --skip leave nothing to check');
  return INVARIANT_IDS.filter((id) => wanted.has(id));
}

async function runWithProgress(
  context: CommandContext,
  target: Target,
  plan: CheckPlan,
  edge: RunEdge,
): Promise<readonly CheckResult[]> {
  using progress = showProgress(context, 'checked');
  let done = 0;
  return await runChecks(target, plan, {
    ...edge,
    onProgress: () => progress.at(++done, plan.ids.length * plan.repeat),
  });
}

function conclude(context: CommandContext, results: readonly CheckResult[], shown: Shown): void {
  if (context.output.json) context.output.document(jsonResult(results, shown));
  else printResults(context.output, results, shown, context.runtime.stdout.columns);
  const unreached = results.find(({ failure }) => failure !== null)?.failure;
  if (unreached) context.exitWith(unreached.exitCode);
  // Where nothing could be judged, nothing was shown to hold.
  else if (results.some(({ status }) => status === 'failed') || results.every(({ status }) => status === 'skipped'))
    context.exitWith(EXIT_CODES.verdict_no);
}

function list({ output, runtime }: CommandContext): void {
  const rows = INVARIANT_IDS.map((id) => ({ id, needs: INVARIANTS[id].needs, meaning: INVARIANTS[id].meaning }));
  if (output.json) output.document({ invariants: rows });
  else
    for (const line of table(
      ['invariant', 'needs', 'what must be true'],
      rows.map(({ id, needs, meaning }) => [id, needs, meaning]),
      runtime.stdout.columns,
    ))
      output.line(line);
}

/** `agent-paste check` */
import { type Command, Option } from 'commander';
import { type CheckPlan, type CheckResult, runChecks, stoppedResult } from '../../conformance/check/checks.ts';
import { checkDocument } from '../../conformance/check/document.ts';
import { INVARIANT_IDS, type InvariantId } from '../../conformance/check/invariants/ids.ts';
import { INVARIANTS, invariantNamed } from '../../conformance/check/invariants/invariants.ts';
import { createLauncher } from '../../conformance/check/trial/launcher.ts';
import { startOwnTarget } from '../../conformance/check/trial/target.ts';
import { EXIT_CODES, Failure, signalExitCode } from '../../errors/failure.ts';
import type { ResolvedSettings } from '../../machine/settings.ts';
import { clockedBy } from '../../machine/state-clock.ts';
import { DATABASE_URL_FORM, isDatabaseUrl, withPassword } from '../../machine/values/database-url.ts';
import { duration } from '../../machine/values/duration.ts';
import { argument, count } from '../arguments.ts';
import type { Action, CommandContext } from '../command.ts';
import { addExamples } from '../examples.ts';
import { interruption } from '../interruption.ts';
import { openReporting, REPORT_OPTION } from '../reporting.ts';
import { settingOption, settingOptions } from '../setting-options.ts';
import { commandSettings, refuseTokenToFoundUrl } from '../settings.ts';
import { table } from '../terminal/table.ts';
import { refuseBesideList, refuseBesideSelfTest, refuseEmptyUrl, refuseWithoutTarget } from './check/effect.ts';
import type { CheckFlags } from './check/flags.ts';
import { openForeignTarget } from './check/foreign-target.ts';
import { reportOf } from './check/report.ts';
import { reproduce } from './check/reproduce.ts';
import { printResults } from './check/results.ts';
import type { Shown } from './check/shown.ts';

const MOST_SEED = 999_999_999;

export function configure(command: Command, action: Action): void {
  addExamples(command, [
    'agent-paste check',
    'agent-paste check --url http://127.0.0.1:8787 --skip removed-key-refused',
    'agent-paste check --only one-secret-per-user --repeat 20 --report junit=check.xml',
  ]);
  settingOption(command, 'url', { says: 'judge this server instead of one of its own', showsDefault: false });
  settingOption(command, 'db', {
    says: 'PostgreSQL database in which its own servers get a schema each, instead of files',
    showsDefault: false,
  });
  settingOptions(command, 'allow-remote');
  command
    .option('--token <token>', 'for a server that trusts other keys: the token, @file, or - for stdin')
    .option('--tokens <file>', 'the same, a token per line');
  settingOptions(command, 'issuer', 'client-id');
  command
    .option(
      '--patience <duration>',
      'how long the server at --url may take to notice a changed signing key (default 40s)',
      argument('--patience', duration('0ms', '24h')),
    )
    .option('--strict', 'what is only recommended decides too; a server of its own is always judged so')
    .option('--keep', 'leave the users and signing keys of the check at the issuer')
    .option('--verbose', 'every problem, and the whole answers with their secrets masked')
    .option('--list', 'list the invariants, what each means and needs')
    .option('--only <names>', 'these invariants alone; repeatable, or separated by commas', names)
    .option('--skip <names>', 'not these invariants; repeatable, or separated by commas', names)
    .option('--random-seed <n>', 'users and ids follow from it (default: a new one)', count('--random-seed', MOST_SEED))
    .addOption(
      new Option('--seed <n>', 'the same as --random-seed')
        .argParser(count('--seed', MOST_SEED))
        .conflicts('randomSeed'),
    )
    .option('--repeat <n>', 'how often each is tried (default 1)', count('--repeat', 100_000))
    .option(REPORT_OPTION.flags, REPORT_OPTION.description, REPORT_OPTION.collect)
    .option('--self-test', 'switch on every known bug, and show that its invariant catches it')
    .action(action((context, flags: CheckFlags) => check(context, flags)));
}

function names(text: string, given: readonly string[] = []): readonly string[] {
  return [...given, ...text.split(',').map((name) => name.trim())];
}

async function check(context: CommandContext, flags: CheckFlags): Promise<void> {
  const { runtime } = context;
  if (flags.list) {
    refuseBesideList(context, flags);
    list(context);
    return;
  }
  const plan: CheckPlan = {
    ids: selected(flags),
    seed: flags.randomSeed ?? flags.seed ?? 1 + (runtime.random.bytes(4).readUInt32BE() % MOST_SEED),
    repeat: flags.repeat ?? 1,
  };
  const report = openReporting(context, flags.report ?? []);
  const stop = interruption(runtime);
  const edge = {
    program: runtime.program,
    env: runtime.env,
    now: runtime.now,
    random: runtime.random,
    signal: stop.signal,
  };
  let isJudged = false;
  try {
    if (flags.selfTest) {
      refuseBesideSelfTest(context, flags);
      const { checkSelfTest } = await import('./check/self-test.ts');
      const verdict = await checkSelfTest(context, plan.seed, edge);
      const stopped = stop.by();
      report({ ...verdict, stopped });
      if (stopped !== undefined) context.exitWith(signalExitCode(stopped));
      return;
    }
    refuseEmptyUrl(context);
    const resolved = await commandSettings(context);
    const { values: settings, origins } = resolved;
    const isForeign = origins.url !== 'default';
    if (!isForeign) refuseWithoutTarget(context, flags);
    if (flags.token !== undefined || flags.tokens !== undefined) refuseTokenToFoundUrl(resolved);
    await using launcher = createLauncher([], { ...edge, database: databaseFor(resolved) });
    using progress = context.output.progress('checked');
    const onWait = context.output.note;
    const trialEdge = { ...edge, onWait, now: isForeign ? clockedBy(settings, runtime.now) : runtime.now };
    if (!isForeign) context.output.note('judging a server of this program, started for this check, strictly');
    await using foreign = isForeign ? await openForeignTarget(context, resolved, flags, plan, trialEdge) : undefined;
    const target = foreign ?? (await startOwnTarget(launcher, runtime.now));
    const shown = {
      target,
      isForeign,
      plan: { ...plan, strict: !isForeign || flags.strict === true },
      stateDir: origins['state-dir'] === 'default' ? undefined : settings['state-dir'],
      isVerbose: flags.verbose === true,
    };
    let done = 0;
    const results = await runChecks(target, shown.plan, {
      ...trialEdge,
      onProgress: () => progress.at(++done, plan.ids.length * plan.repeat),
    });
    progress[Symbol.dispose]();
    const stopped = stop.by();
    isJudged = true;
    conclude(context, results, { ...shown, stopped });
    report({ ...reportOf(results, shown), stopped });
  } catch (error) {
    const stopped = stop.by();
    if (stopped === undefined) throw error; // later failures are caused by the signal
    context.exitWith(signalExitCode(stopped));
    if (isJudged) return;
    const nothing = plan.ids.map((id) => stoppedResult(id));
    report({ ...reportOf(nothing, undefined), stopped });
    context.output.note(`stopped by ${stopped} before anything was judged`);
  }
}

/** From a flag alone: a variable is for servers of the caller's own. @throws Failure invalid_argument for a file */
function databaseFor({ values, origins }: ResolvedSettings): string | undefined {
  if (origins.db !== 'flag' || values.db === undefined) return undefined;
  if (isDatabaseUrl(values.db)) return withPassword(values.db, values['db-password']);
  throw new Failure(
    'invalid_argument',
    `--db: must be ${DATABASE_URL_FORM}, not ${values.db}`,
    'Without --db, each server of a check has a file of its own.',
  );
}

/** In the order of the table. @throws Failure invalid_argument */
function selected({ only = [], skip = [] }: CheckFlags): readonly InvariantId[] {
  const wanted = new Set(only.length === 0 ? INVARIANT_IDS : only.map((name) => invariantNamed(name, '--only')));
  for (const name of skip) wanted.delete(invariantNamed(name, '--skip'));
  if (wanted.size === 0) throw new Failure('invalid_argument', '--only and --skip leave nothing to check');
  return INVARIANT_IDS.filter((id) => wanted.has(id));
}

function conclude(context: CommandContext, results: readonly CheckResult[], shown: Shown): void {
  if (context.output.json) context.output.document(checkDocument(results, shown, (result) => reproduce(result, shown)));
  else printResults(context.output, results, shown, context.runtime.stdout.columns);
  if (shown.stopped !== undefined) {
    context.exitWith(signalExitCode(shown.stopped));
    return;
  }
  const unjudged = results.find(({ failure }) => failure !== null)?.failure;
  // If no invariant could be judged, the check has shown nothing.
  if (results.some(({ status }) => status === 'failed') || results.every(({ status }) => status === 'skipped'))
    context.exitWith(EXIT_CODES.verdict_no);
  else if (unjudged) context.exitWith(unjudged.exitCode);
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

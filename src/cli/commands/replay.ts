/** `agent-paste replay` */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { parseExpectations } from '../../conformance/replay/verdict.ts';
import { refuseUnwritable } from '../../conformance/reports/reports.ts';
import { readScenario } from '../../conformance/scenario/read.ts';
import { isTape, readTape } from '../../conformance/tape/tape.ts';
import { Failure } from '../../errors/failure.ts';
import { readInputFile } from '../../machine/input-file.ts';
import { SETTINGS } from '../../machine/settings.ts';
import { clockedBy } from '../../machine/state-clock.ts';
import { duration } from '../../machine/values/duration.ts';
import { email, userId } from '../../machine/values/user.ts';
import { openMinter } from '../../server/minter.ts';
import { profileNamed } from '../../workos/tokens/profiles.ts';
import { argument, count } from '../arguments.ts';
import type { Action, CommandContext } from '../command.ts';
import { addExamples } from '../examples.ts';
import { clientSettings } from '../found-server.ts';
import { refuseOtherIssuer } from '../other-issuer.ts';
import { refuseRemote } from '../remote-target.ts';
import { openReporting, REPORT_OPTION } from '../reporting.ts';
import { settingOptions } from '../setting-options.ts';
import { refuseTokenToFoundUrl } from '../settings.ts';
import { tokenOptions } from '../token-options.ts';
import { type ReplayInput, readInputs } from './replay/inputs.ts';
import type { ReplayFlags, ReplayRun } from './replay/replay-run.ts';
import { replayScenarios } from './replay/scenarios.ts';
import { replaySends } from './replay/sends.ts';
import { compareTwoTapes, replayTape, tapeAgainst } from './replay/tapes.ts';

export function configure(command: Command, action: Action): void {
  addExamples(command, [
    'agent-paste replay --email ada@example.com --times 3',
    'agent-paste replay builtin:second-sign-in-is-seen builtin:key-rotation',
    'agent-paste mint | agent-paste replay --token - --times 2',
  ]).argument(
    '[file...]',
    'scenarios, directories of them, builtin:<name>, "builtin:*" for all that come along, - for stdin; or one tape; without any, the flags say what is sent',
  );
  settingOptions(command, 'url', 'allow-remote');
  command
    .option('--token <token>', 'send this token: - for stdin, @file, or AGENT_PASTE_TOKEN in the environment')
    .option(
      '--email <address>',
      'mint for this user, who is added to the local directory if new',
      argument('--email', email),
    )
    .option('--sub <id>', 'mint for the user of this WorkOS id', argument('--sub', userId));
  settingOptions(command, 'issuer', 'client-id');
  command
    .option('--sid <id>', 'session id (default: a fresh one)')
    .option('--no-sid', 'no session id')
    .option('--jti <id>', 'token id (default: a fresh one)')
    .option('--no-jti', 'no token id')
    .option('--profile <name>', 'claims as `agent-paste mint --profile` has them', profileName);
  tokenOptions(command)
    .option('--times <n>', 'how many sends (default 1)', count('--times', 100_000))
    .option('--concurrency <n>', 'how many are under way at once (default 1)', count('--concurrency', 256))
    .option('--fresh', 'a new token for each send, with the same jti and sid')
    .option('--interval <duration>', 'pause between two sends', argument('--interval', duration('1ms', '24h')))
    .option(
      '--timeout <duration>',
      'how long one answer may take (default 10s)',
      argument('--timeout', duration('1ms', '10m')),
    )
    .option('--retry', 'send 409, 429 and 503 again after Retry-After, for up to 30 s')
    .option(
      '--expect <what>',
      'provisioned, seen, replayed, refused or a status; one for each send with commas, the last for the rest',
      parseExpectations,
    )
    .option('--verbose', 'every send; of more than 20, only the odd ones are shown otherwise')
    .option('--save <file>', 'write a tape: claims and hashes, never tokens or secrets')
    .option('--compare <file>', 'judge this later tape by the given one, and send nothing')
    .option(
      '--against <url>',
      'given twice: send the same tokens to both servers, and compare their answers apart from ids, secrets and times',
      targets,
    )
    .option(REPORT_OPTION.flags, REPORT_OPTION.description, REPORT_OPTION.collect)
    .action(
      action((context, files: string[], flags: ReplayFlags, itself: Command) => replay(context, files, flags, itself)),
    );
}

async function replay(context: CommandContext, files: string[], flags: ReplayFlags, command: Command): Promise<void> {
  const { runtime } = context;
  const given = (name: string) => command.getOptionValueSource(name) === 'cli';
  const path = (text: string) => resolve(runtime.cwd, text);

  // All input is checked before the first send.
  const resolved = await clientSettings(context);
  const settings = resolved.values;
  if (flags.profile !== undefined) refuseOtherIssuer(flags.profile, profileNamed(flags.profile), resolved);
  const inputs = await readInputs(runtime, files);
  refuseMixed(inputs, flags, given);
  const tapes = inputs.filter(isTape).map(readTape);
  const scenarios = inputs.filter((input) => !isTape(input)).map((input) => ({ ...readScenario(input), input }));
  const other =
    flags.compare === undefined ? undefined : readTape(readInputFile(path(flags.compare), { name: flags.compare }));
  const save = flags.save === undefined ? undefined : path(flags.save);
  if (save !== undefined) refuseUnwritable(save);
  const report = openReporting(context, flags.report ?? []);

  const run: ReplayRun = {
    context,
    flags,
    settings,
    save,
    report,
    openMinter: () =>
      openMinter({
        stateDir: settings['state-dir'],
        issuer: settings.issuer,
        clientId: settings['client-id'],
        now: clockedBy(settings, runtime.now),
        random: runtime.random,
      }),
  };
  const [tape] = tapes;
  if (tape !== undefined && other !== undefined) return compareTwoTapes(run, files[0] ?? '', tape, other);
  if (tape !== undefined && flags.against !== undefined) return tapeAgainst(run, files[0] ?? '', tape, flags.against);
  const usesUrl = scenarios.length === 0 || scenarios.some(({ server }) => server !== 'own');
  if (usesUrl && flags.against === undefined) refuseRemote(context, settings);
  if (tape !== undefined) return replayTape(run, files[0] ?? '', tape);
  if (scenarios.length > 0) return replayScenarios(run, scenarios, given('url'));
  // The token of the environment is used, unless the flags describe another one.
  const exported = runtime.env.AGENT_PASTE_TOKEN !== undefined && !OF_TOKENS.some(given);
  const tokenGiven = flags.token !== undefined || exported;
  if (tokenGiven) refuseTokenToFoundUrl(resolved);
  return replaySends(run, tokenGiven);
}

/** @throws Failure invalid_argument */
function profileName(name: string): string {
  profileNamed(name);
  return name;
}

/** Flags that describe a send, by their names in commander. A file describes its sends itself. */
const OF_TOKENS = ['email', 'sub', 'sid', 'jti', 'profile', 'claim', 'fault', 'fresh'] as const;
const OF_SENDS = ['token', ...OF_TOKENS, 'times', 'interval', 'expect'] as const;

const readUrl = argument('--against', SETTINGS.url.form);

function targets(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, readUrl(text)];
}

/** @throws Failure invalid_argument for contradictory flags */
function refuseMixed(inputs: readonly ReplayInput[], flags: ReplayFlags, given: (name: string) => boolean): void {
  const refuse = (problem: string, hint?: string) => new Failure('invalid_argument', problem, hint);
  const tapes = inputs.filter(isTape);
  if (inputs.length > 0) {
    const what = tapes.length > 0 ? 'a tape' : 'a scenario';
    const flag = [...OF_SENDS, ...(tapes.length > 0 ? [] : (['concurrency', 'retry'] as const))].find(given);
    if (flag !== undefined) throw refuse(`--${flag} does not go with ${what}, which says itself what is sent`);
  }
  if (tapes.length > 0 && inputs.length > 1) throw refuse('a tape is replayed alone', 'Compare two with --compare.');
  if (flags.compare !== undefined && tapes.length === 0) throw refuse('--compare needs a tape to compare with');
  if (flags.compare !== undefined && flags.save !== undefined)
    throw refuse('--compare sends nothing, so there is nothing to --save');
  refuseBesideAgainst(inputs, flags, given);
  const minting = OF_TOKENS.find(given);
  if (flags.token !== undefined && minting !== undefined)
    throw refuse(`--${minting} is for tokens that are minted here, and --token brings one`);
  if (flags.interval !== undefined && (flags.concurrency ?? 1) > 1)
    throw refuse('--interval does not go with --concurrency: a pause needs one send after the other');
}

/** @throws Failure invalid_argument for what does not go with --against */
function refuseBesideAgainst(
  inputs: readonly ReplayInput[],
  { against, concurrency = 1 }: ReplayFlags,
  given: (name: string) => boolean,
): void {
  if (against === undefined) return;
  const refuse = (problem: string, hint: string) => new Failure('invalid_argument', problem, hint);
  if (against.length !== 2 || against[0] === against[1])
    throw refuse('--against must name two servers', 'Give it twice, with the URL of each.');
  if (inputs.some((input) => !isTape(input)))
    throw refuse('--against does not go with a scenario, which expects its own answers', 'Give a tape, or flags.');
  const other = (['url', 'expect', 'save', 'compare'] as const).find(given);
  if (other !== undefined)
    throw refuse(`--against and --${other} contradict each other`, 'The two servers are judged by each other.');
  if (concurrency > 1)
    throw refuse('--against does not go with --concurrency', 'Answers are compared in the order of their sends.');
}

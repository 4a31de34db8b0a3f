/** `agent-paste replay` */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Failure } from '../errors.ts';
import { type InputFile, readInputFile } from '../replay/input-file.ts';
import { openMinter } from '../replay/minter.ts';
import { refuseUnwritable } from '../replay/reports.ts';
import { readScenario } from '../replay/scenario/read.ts';
import { isTape, readTape } from '../replay/tape/tape.ts';
import { refuseRemote } from '../replay/target.ts';
import { type Expectation, parseExpectations } from '../replay/verdict.ts';
import { duration } from '../setting-values.ts';
import { count } from './arguments.ts';
import type { Action, CommandContext } from './command.ts';
import { addExamples } from './examples.ts';
import type { ReplayRun } from './replay/run.ts';
import { replayScenarios } from './replay/scenarios.ts';
import { replaySends } from './replay/sends.ts';
import { compareTwoTapes, replayTape } from './replay/tapes.ts';
import { openReporting, REPORT_OPTION } from './reporting.ts';
import { commandSettings } from './settings.ts';

export interface ReplayFlags {
  readonly token?: string;
  readonly email?: string;
  readonly sub?: string;
  readonly issuer?: string;
  readonly clientId?: string;
  /** False after `--no-sid`, absent for a fresh one, as is `jti`. */
  readonly sid?: string | boolean;
  readonly jti?: string | boolean;
  readonly times?: number;
  readonly concurrency?: number;
  readonly fresh?: boolean;
  /** Milliseconds, as is `timeout`. */
  readonly interval?: number;
  readonly timeout?: number;
  readonly retry?: boolean;
  readonly expect?: readonly Expectation[];
  readonly save?: string;
  readonly compare?: string;
  readonly report?: readonly string[];
}

export function configure(command: Command, action: Action): void {
  addExamples(command, [
    'agent-paste replay --email ada@example.com --times 3',
    'agent-paste replay --no-jti --times 20 --concurrency 8',
    'agent-paste mint | agent-paste replay --token - --times 2',
  ])
    .argument('[file...]', 'scenarios, or one tape; without any, the flags say what is sent')
    .option('--url <url>', 'base URL of the server (AGENT_PASTE_API_URL; default http://127.0.0.1:8787)')
    .option('--allow-remote', 'let --url be a server that is not on this machine')
    .option('--token <token>', 'send this token: - for stdin, @file, or AGENT_PASTE_TOKEN in the environment')
    .option('--email <address>', 'mint for this user, who is added to the local directory if new')
    .option('--sub <id>', 'mint for the user of this WorkOS id')
    .option('--issuer <url>', 'issuer of the minted tokens (WORKOS_ISSUER)')
    .option('--client-id <id>', 'client of the minted tokens (WORKOS_CLIENT_ID)')
    .option('--sid <id>', 'session id (default: a fresh one)')
    .option('--no-sid', 'no session id')
    .option('--jti <id>', 'token id (default: a fresh one)')
    .option('--no-jti', 'no token id')
    .option('--times <n>', 'how many sends (default 1)', count('--times', 100_000))
    .option('--concurrency <n>', 'how many are under way at once (default 1)', count('--concurrency', 256))
    .option('--fresh', 'a new token for each send, with the same jti and sid')
    .option('--interval <duration>', 'pause between two sends', time('--interval', '24h'))
    .option('--timeout <duration>', 'how long one answer may take (default 10s)', time('--timeout', '10m'))
    .option('--retry', 'send 409 and 503 again after Retry-After, for up to 30 s')
    .option(
      '--expect <what>',
      'provisioned, seen, replayed, refused or a status; one for each send with commas, the last for the rest',
      parseExpectations,
    )
    .option('--save <file>', 'write a tape: claims and hashes, never tokens or secrets')
    .option('--compare <file>', 'judge this later tape by the given one, and send nothing')
    .option(REPORT_OPTION.flags, REPORT_OPTION.description, REPORT_OPTION.collect)
    .action(
      action((context, files: string[], flags: ReplayFlags, itself: Command) => replay(context, files, flags, itself)),
    );
}

async function replay(context: CommandContext, files: string[], flags: ReplayFlags, command: Command): Promise<void> {
  const { runtime } = context;
  const given = (name: string) => command.getOptionValueSource(name) === 'cli';
  const path = (text: string) => resolve(runtime.cwd, text);

  // Everything that can be wrong is found before the first send.
  const { values: settings } = await commandSettings(context);
  const inputs = files.map((file) => readInputFile(path(file), file));
  refuseMixed(inputs, flags, given);
  const tapes = inputs.filter(isTape).map(readTape);
  const scenarios = inputs.filter((input) => !isTape(input)).map(readScenario);
  const other = flags.compare === undefined ? undefined : readTape(readInputFile(path(flags.compare), flags.compare));
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
        now: runtime.now,
        random: runtime.random,
      }),
  };
  const [tape] = tapes;
  if (tape !== undefined && other !== undefined) return compareTwoTapes(run, files[0] ?? '', tape, other);
  const usesUrl = scenarios.length === 0 || scenarios.some(({ server }) => server !== 'own');
  if (usesUrl) refuseRemote(settings.url, settings['allow-remote'] === 'true');
  if (tape !== undefined) return replayTape(run, files[0] ?? '', tape);
  if (scenarios.length > 0) return replayScenarios(run, scenarios, given('url'));
  // A token that somebody exported is meant, unless the flags describe another one.
  const exported = runtime.env.AGENT_PASTE_TOKEN !== undefined && !OF_TOKENS.some(given);
  return replaySends(run, flags.token !== undefined || exported);
}

/** Flags that say what to send, by their names in commander: a file says it itself. */
const OF_SENDS = ['token', 'email', 'sub', 'sid', 'jti', 'times', 'fresh', 'interval', 'expect'] as const;
const OF_TOKENS = ['email', 'sub', 'sid', 'jti', 'fresh'] as const;

/** @throws Failure invalid_argument for what contradicts itself */
function refuseMixed(inputs: readonly InputFile[], flags: ReplayFlags, given: (name: string) => boolean): void {
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
  const minting = OF_TOKENS.find(given);
  if (flags.token !== undefined && minting !== undefined)
    throw refuse(`--${minting} is for tokens that are minted here, and --token brings one`);
  if (flags.interval !== undefined && (flags.concurrency ?? 1) > 1)
    throw refuse('--interval does not go with --concurrency: a pause needs one send after the other');
}

function time(flag: string, most: '10m' | '24h'): (text: string) => number {
  const parse = duration('1ms', most);
  return (text) => parse(text, (problem) => new Failure('invalid_argument', `${flag}: ${problem}`));
}

/** `agent-paste explain` */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { LOCAL_API_KEY, type Settings } from '../config.ts';
import { Failure } from '../errors.ts';
import { type ExplainedCheck, type Explanation, explainToken } from '../explanation.ts';
import { printable } from '../http/request-log.ts';
import { localKeys, remoteKeys } from '../identity/keys.ts';
import { localUsers, remoteUsers } from '../identity/users.ts';
import { type Keyring, openKeyring } from '../issuer/keyring.ts';
import { type StatePaths, statePaths } from '../state-directory.ts';
import { openDirectory, type UserDirectory } from '../store/directory.ts';
import { instant } from './arguments.ts';
import type { Action, CommandContext } from './commands.ts';
import { explainRequest, isRequestId } from './explain-request.ts';
import { mintLike } from './mint-like.ts';
import { commandSettings } from './settings.ts';
import { readToken } from './token-input.ts';

interface ExplainFlags {
  readonly at?: number;
  readonly url?: string;
}

export function configure(command: Command, action: Action): void {
  command
    .argument(
      '[token]',
      'the token, @file, or - for stdin; or the request id of a callback (default: AGENT_PASTE_TOKEN)',
    )
    .option('--at <time>', 'judge as of then: ISO 8601, or seconds since 1970 (default: now)', instant('--at'))
    .option('--url <url>', 'judge with the settings, keys and users of this running server')
    .option('--issuer <url>', 'issuer to expect (WORKOS_ISSUER)')
    .option('--client-id <id>', 'client to expect (WORKOS_CLIENT_ID)')
    .option('--client-id-claim <mode>', 'required or optional (default required)')
    .option('--clock-tolerance <duration>', 'how far exp and nbf may be off, up to 60s (default 0s)')
    .option('--jwks-url <url>', 'keys from here instead of the state directory (WORKOS_JWKS_URL)')
    .option('--workos-api-url <url>', 'keys and users from this WorkOS (WORKOS_API_BASE_URL)')
    .addHelpText(
      'before',
      `Examples:
  $ agent-paste mint --email ada@example.com | agent-paste explain -
  $ agent-paste mint --fault expired | agent-paste explain - --json
  $ agent-paste mint | agent-paste explain - --issuer https://auth.example.com
`,
    )
    .action(action((context, argument: string | undefined, flags: ExplainFlags) => explain(context, argument, flags)));
}

async function explain(context: CommandContext, argument: string | undefined, flags: ExplainFlags): Promise<void> {
  const { values: settings } = await commandSettings(context);
  if (argument !== undefined && isRequestId(argument)) return explainRequest(context, settings, argument);
  const token = await readToken(context.runtime, argument);
  const { judge, judgedWith } = judgement(settings, flags);
  const now = flags.at === undefined ? context.runtime.now() : flags.at * 1000;
  const explanation = await judge(token, now);
  if (explanation.status === 503) {
    throw new Failure(
      'unreachable',
      `${explanation.message}: ${failedCheck(explanation)?.received ?? 'no answer'}`,
      'The token itself was not judged.',
    );
  }
  const command = mintLike(explanation);
  if (context.output.json) {
    const { accepted, status, reason, message, checks, claims, header, verified, advice } = explanation;
    context.output.document({
      accepted,
      status,
      reason,
      message,
      judged_with: judgedWith,
      checks,
      verified,
      header,
      claims,
      advice,
      mint: command,
    });
  } else print(context, explanation, judgedWith, command);
  if (!explanation.accepted) context.exitWith(1);
}

interface Judgement {
  readonly judge: (token: string, now: number) => Promise<Explanation>;
  /** Said with the verdict, because it decides it. */
  readonly judgedWith: Readonly<Record<string, string>>;
}

/** The verifier as `serve` would build it from the same settings, or as a running server has it. */
function judgement(settings: Settings, { url }: ExplainFlags): Judgement {
  const paths = statePaths(settings['state-dir']);
  const baseUrl = url ?? settings['workos-api-url'];
  const verifierSettings = {
    issuer: settings.issuer,
    clientId: settings['client-id'],
    clientIdClaim: settings['client-id-claim'],
    clockTolerance: settings['clock-tolerance'],
  };
  const jwksUrl =
    settings['jwks-url'] ??
    (baseUrl === undefined ? undefined : `${baseUrl.replace(/\/$/, '')}/sso/jwks/${settings['client-id']}`);
  const judgedWith = {
    issuer: settings.issuer,
    client_id: settings['client-id'],
    client_id_claim: settings['client-id-claim'],
    keys: jwksUrl ?? paths.signingKeys,
  };
  if (jwksUrl !== undefined) {
    const apiKey = settings['workos-api-key'] ?? (url === undefined ? undefined : LOCAL_API_KEY);
    const verifier = {
      settings: verifierSettings,
      keys: remoteKeys({ url: jwksUrl, maxAgeMs: settings['jwks-max-age'], cooldownMs: 0 }),
    };
    const lookup = baseUrl === undefined || apiKey === undefined ? undefined : remoteUsers({ baseUrl, apiKey });
    return { judgedWith, judge: (token, now) => explainToken(token, { verifier, lookup, now, knownKeys: () => [] }) };
  }
  const { keyring, directory } = openLocalState(paths);
  const verifier = { settings: verifierSettings, keys: localKeys(() => keyring.jwks()) };
  const knownKeys = () =>
    keyring
      .list()
      .map(({ kid, retiredAt }) => ({ kid, retiredAt: retiredAt === null ? null : new Date(retiredAt).toISOString() }));
  return {
    judgedWith,
    judge: (token, now) => explainToken(token, { verifier, lookup: localUsers(directory.find), now, knownKeys }),
  };
}

/** Reads what the server wrote, and writes nothing. */
function openLocalState(paths: StatePaths): { keyring: Keyring; directory: UserDirectory } {
  if (!existsSync(paths.signingKeys)) {
    throw new Failure(
      'not_found',
      `there are no signing keys in ${paths.directory}`,
      'Start the server once, check --state-dir, or name the keys with --jwks-url.',
    );
  }
  return { keyring: openKeyring(paths.signingKeys), directory: openDirectory(paths.users, { readOnly: true }) };
}

function failedCheck({ checks }: Explanation): ExplainedCheck | undefined {
  return checks.find(({ result }) => result === 'failed');
}

function print(
  { output }: CommandContext,
  explanation: Explanation,
  judgedWith: Judgement['judgedWith'],
  command: string | null,
): void {
  const { green, red, dim, bold, yellow } = output.paint;
  const { accepted, reason, message, checks, claims, verified, advice } = explanation;
  output.line(accepted ? `${green('accepted')}` : `${red(`refused: ${reason}`)}  ${message}`);
  output.line('');
  for (const { name, result, expected, received } of checks) {
    const label = name.padEnd(12);
    const shown = printable(received ?? '');
    if (result === 'passed') output.line(`  ${green('ok')}    ${label} ${shown}`);
    else if (result === 'failed') {
      output.line(`  ${red('FAIL')}  ${bold(label)} expected  ${printable(expected ?? '')}`);
      output.line(`  ${' '.repeat(18)} received  ${shown}`);
    } else output.line(dim(`  -     ${label} ${result}${shown === '' ? '' : `: ${shown}`}`));
  }
  if (claims !== null) {
    output.line('');
    output.line(
      verified ? 'Claims, signed by a key of the set' : yellow('Claims, unverified: anybody may have written them'),
    );
    for (const [name, value] of Object.entries(claims))
      output.line(`  ${printable(name).padEnd(12)} ${describeClaim(name, value)}`);
  }
  output.line('');
  output.line('Judged with');
  for (const [name, value] of Object.entries(judgedWith)) output.line(`  ${name.padEnd(16)} ${printable(value)}`);
  if (advice.length > 0) {
    output.line('');
    output.line('What to do');
    for (const line of advice) output.line(`  ${printable(line)}`);
  }
  if (command !== null) {
    output.line('');
    output.line('Make one like it');
    output.line(`  ${command}`);
  }
}

/** A claim on one line; dates with their meaning. Nesting that JSON.stringify cannot follow is named, not shown. */
function describeClaim(name: string, value: unknown): string {
  const isDate =
    ['exp', 'iat', 'nbf', 'auth_time'].includes(name) &&
    typeof value === 'number' &&
    Math.abs(value) <= 8_640_000_000_000;
  if (isDate) return `${value}  ${new Date(value * 1000).toISOString()}`;
  return printable(typeof value === 'string' ? value : compact(value));
}

function compact(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'nothing';
  } catch (error) {
    if (error instanceof RangeError) return '(nested too deeply to show)';
    throw error;
  }
}

/** The target of `check --url`: a server that another program started. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CheckPlan } from '../../../conformance/check/checks.ts';
import { preflight } from '../../../conformance/check/preflight.ts';
import type { Target } from '../../../conformance/check/trial/target.ts';
import type { TrialEdge } from '../../../conformance/check/trial/trial.ts';
import { DEFAULT_PATIENCE_MS, openTrustingTarget } from '../../../conformance/check/trusting-target.ts';
import { Failure } from '../../../errors/failure.ts';
import type { ResolvedSettings } from '../../../machine/settings.ts';
import { runningClock } from '../../../machine/state-clock.ts';
import { statePaths } from '../../../machine/state-directory.ts';
import { openMinter } from '../../../server/minter.ts';
import type { CommandContext } from '../../command.ts';
import { refuseRemote } from '../../remote-target.ts';
import { askRunningServer } from '../../running-verifier.ts';
import { readToken } from '../../token-input.ts';
import type { TargetFlags } from './flags.ts';

/**
 * Asks the target for its issuer and client, tests whether it trusts the tokens, and borrows keys for the check. Disposing
 * removes users and keys again.
 * @throws Failure invalid_argument; not_found without a state directory to mint from; the failures of `preflight`
 */
export async function openForeignTarget(
  context: CommandContext,
  resolved: ResolvedSettings,
  flags: TargetFlags,
  plan: CheckPlan,
  edge: TrialEdge,
): Promise<Target & AsyncDisposable> {
  const { values: settings } = resolved;
  const { url, 'state-dir': stateDir } = settings;
  refuseRemote(context, settings);
  const tokens = await givenTokens(context, flags);
  const target = { url, patienceMs: flags.patience ?? DEFAULT_PATIENCE_MS };
  context.output.note(`judging ${url}`);
  if (tokens.length > 0) {
    const given = { ...target, nextToken: inTurn(tokens) };
    await preflight(given, plan.seed, edge);
    return { ...given, [Symbol.asyncDispose]: async () => undefined };
  }
  if (!existsSync(statePaths(stateDir).signingKeys)) {
    throw new Failure(
      'not_found',
      `there is no state directory to mint from: ${stateDir}`,
      'Name that of the `agent-paste serve` whose keys the target trusts with --state-dir, or give --token.',
    );
  }
  refuseStandingClock(stateDir);
  const { now, random } = edge;
  await using held = new AsyncDisposableStack();
  const minter = held.use(await openMinter({ stateDir, ...(await expectedBy(resolved)), now, random }));
  const judged = held.use(await openTrustingTarget({ ...target, minter }, plan, edge, flags.keep));
  const all = held.move();
  return { ...judged, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** Whether `last_seen_at` moves cannot be judged where time does not. @throws Failure conflict */
function refuseStandingClock(stateDir: string): void {
  const clock = runningClock(stateDir);
  if (clock === undefined || clock.startsWith('+')) return;
  throw new Failure(
    'conflict',
    `the clock of ${stateDir} stands still at ${clock}, and a check needs one that runs`,
    'Start the server with an offset, such as --clock +30d, or without --clock.',
  );
}

/** Issuer and client that the target publishes, unless settings name others. */
async function expectedBy({ values, origins }: ResolvedSettings): Promise<{ issuer: string; clientId: string }> {
  const { url, issuer, 'client-id': clientId } = values;
  const isNamed = { issuer: origins.issuer !== 'default', clientId: origins['client-id'] !== 'default' };
  const published = isNamed.issuer && isNamed.clientId ? undefined : await askRunningServer(url).catch(noAnswer);
  return {
    issuer: isNamed.issuer ? issuer : (published?.issuer ?? issuer),
    clientId: isNamed.clientId ? clientId : (published?.client_id ?? clientId),
  };
}

/** Most APIs do not have this route, and some answer it badly; only the callback is judged. */
function noAnswer(error: unknown): undefined {
  if (!(error instanceof Failure)) throw error;
}

function inTurn(tokens: readonly string[]): () => string {
  let given = 0;
  return () => tokens[given++ % tokens.length] as string;
}

async function givenTokens({ runtime }: CommandContext, { token, tokens }: TargetFlags): Promise<readonly string[]> {
  if (tokens === undefined) return token === undefined ? [] : [wellFormed(await readToken(runtime, token), '--token')];
  if (token !== undefined) throw new Failure('invalid_argument', '--token and --tokens are two ways to say the same');
  const text = await readToken(runtime, tokens === '-' ? '-' : `@${resolve(runtime.cwd, tokens)}`);
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines.filter((line) => line !== '').map((line) => wellFormed(line, '--tokens'));
}

/** Whether the token has a form that can be changed; the target decides whether it is accepted. */
function wellFormed(token: string, flag: string): string {
  if (/^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){2}$/.test(token)) return token;
  throw new Failure('invalid_argument', `${flag}: that is no access token; accepted: three base64url parts`);
}

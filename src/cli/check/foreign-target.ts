/** The target of `check --url`: a server that somebody else started. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Target } from '../../check/target.ts';
import type { Settings } from '../../config.ts';
import { Failure } from '../../errors.ts';
import { openMinter } from '../../replay/minter.ts';
import { refuseRemote } from '../../replay/target.ts';
import { statePaths } from '../../state-directory.ts';
import type { CommandContext } from '../command.ts';
import { readToken } from '../token-input.ts';

export interface TargetFlags {
  /** The token, @file, or - for stdin. */
  readonly token?: string;
  /** A file with a token per line. */
  readonly tokens?: string;
  /** Milliseconds. */
  readonly patience?: number;
}

/** Longer than the 30 seconds in which `createRemoteJWKSet` of jose does not fetch again by default. */
const DEFAULT_PATIENCE_MS = 40_000;

/** @throws Failure invalid_argument; not_found without a state directory to mint from */
export async function openForeignTarget(
  context: CommandContext,
  settings: Settings,
  flags: TargetFlags,
): Promise<Target & Disposable> {
  const { url, issuer, 'client-id': clientId, 'state-dir': stateDir } = settings;
  refuseRemote(url, settings['allow-remote'] === 'true');
  const tokens = await givenTokens(context, flags);
  const target = { url, patienceMs: flags.patience ?? DEFAULT_PATIENCE_MS };
  if (tokens.length > 0) return { ...target, nextToken: inTurn(tokens), [Symbol.dispose]: () => undefined };
  if (!existsSync(statePaths(stateDir).signingKeys)) {
    throw new Failure(
      'not_found',
      `there is no state directory to mint from: ${stateDir}`,
      'Name that of the `agent-paste serve` whose keys the target trusts with --state-dir, or give --token.',
    );
  }
  const { now, random } = context.runtime;
  const minter = await openMinter({ stateDir, issuer, clientId, now, random });
  return { ...target, minter, [Symbol.dispose]: () => minter[Symbol.dispose]() };
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

/** Good enough to be taken apart and changed; whether it is accepted, the target says. */
function wellFormed(token: string, flag: string): string {
  if (/^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){2}$/.test(token)) return token;
  throw new Failure('invalid_argument', `${flag}: that is no access token; accepted: three base64url parts`);
}

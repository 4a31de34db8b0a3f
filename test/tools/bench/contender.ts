/** A server under load, and the tokens for it. */

import type { PublicKeySet } from '../../../src/callback/identity.ts';
import { systemRandom } from '../../../src/machine/random.ts';
import { LOCAL_CLIENT_ID, WORKOS_ISSUER } from '../../../src/machine/settings.ts';
import { openStateDirectory } from '../../../src/machine/state-directory.ts';
import { openDirectory } from '../../../src/store/sqlite/users.ts';
import { openKeyring } from '../../../src/workos/keys/keyring.ts';
import { mintToken } from '../../../src/workos/tokens/mint.ts';
import { newUser } from '../../../src/workos/users.ts';
import { callbackRequest, load } from './load.ts';
import { type Started, startProcess } from './process.ts';
import { percentile } from './statistics.ts';

/** What a load consists of; each kind needs the ones before it to have run in the same round. */
export const KINDS = ['provisioning', 'replay, distinct tokens', 'seen', 'replay, same token'] as const;

export type Kind = (typeof KINDS)[number];

export interface LoadFigures {
  readonly perSecond: number;
  /** p99 ÷ median of the latencies. */
  readonly tail: number;
  /** Milliseconds. */
  readonly p99: number;
}

export interface Contender extends AsyncDisposable {
  readonly server: Started;
  readonly jwks: PublicKeySet;
  /** Tokens of users who have never signed in, and another one for each of them. */
  newRound(size: number): Round;
  /** Further tokens of the same users. */
  another(round: Round): Round;
  run(kind: Kind, round: Round, connections: number): Promise<LoadFigures>;
}

export interface Round {
  readonly subjects: readonly string[];
  readonly first: readonly string[];
  readonly second: readonly string[];
}

/** Starts `agent-paste serve` over a state directory, which may hold members already. @param more flags of `serve` */
export async function startContender(
  binary: string,
  directory: string,
  more: readonly string[] = [],
): Promise<Contender> {
  const paths = openStateDirectory(directory);
  const random = systemRandom();
  const keyring = openKeyring(paths.signingKeys);
  await keyring.ensure(Date.now());
  const users = openDirectory(paths.users);
  const server = await startProcess([
    ...[binary, 'serve', '--port', '0', '--json', '--log', 'off', '--state-dir', directory, ...more],
  ]);
  const mint = (sub: string) =>
    mintToken({ issuer: WORKOS_ISSUER, clientId: LOCAL_CLIENT_ID, sub }, { keyring, now: Date.now(), random }).token;
  return {
    server,
    jwks: keyring.jwks(),
    newRound(size) {
      const subjects = Array.from({ length: size }, () => `user_${random.ulid(Date.now())}`);
      for (const id of subjects) users.add(newUser(id, `${id.toLowerCase()}@example.com`, new Date().toISOString()));
      return { subjects, first: subjects.map(mint), second: subjects.map(mint) };
    },
    another: (round) => ({ ...round, second: round.subjects.map(mint) }),
    run: (kind, round, connections) =>
      figures(server.ready.url, tokensOf(kind, round), connections, (body) =>
        body.includes(kind === 'seen' ? '"default_api_key":null' : '"secret":"ap_pk_'),
      ),
    async [Symbol.asyncDispose]() {
      users.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

function tokensOf(kind: Kind, { first, second }: Round): readonly string[] {
  if (kind === 'seen') return second;
  return kind === 'replay, same token' ? first.map(() => first[0] as string) : first;
}

/** @throws Error for an answer that is no 200, or whose body `expected` refuses */
export async function figures(
  url: string,
  tokens: readonly string[],
  connections: number,
  expected: (body: Buffer) => boolean,
): Promise<LoadFigures> {
  const { perSecond, latencies } = await load(
    url,
    tokens.map((token) => callbackRequest(url, token)),
    connections,
    (head, body) => head.startsWith('HTTP/1.1 200') && expected(body),
  );
  const p99 = percentile(latencies, 0.99);
  return { perSecond, tail: p99 / percentile(latencies, 0.5), p99 };
}

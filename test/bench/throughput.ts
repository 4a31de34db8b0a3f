/** Callbacks per second, beside a server that only verifies, with the same key and the same kind of tokens. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOCAL_CLIENT_ID, WORKOS_ISSUER } from '../../src/config.ts';
import { openKeyring } from '../../src/issuer/keyring.ts';
import { mintToken } from '../../src/issuer/mint.ts';
import { newUser } from '../../src/local-users.ts';
import { systemRandom } from '../../src/random.ts';
import { openStateDirectory } from '../../src/state-directory.ts';
import { openDirectory } from '../../src/store/directory.ts';
import { callbackRequest, load } from './load.ts';
import { startProcess } from './process.ts';
import { forEachName, type Measured, percentile } from './statistics.ts';

export interface ThroughputOptions {
  readonly binary: string;
  readonly rounds: number;
  /** Requests of each kind in each round. */
  readonly requests: number;
  readonly connections: number;
  readonly note: (text: string) => void;
}

const KINDS = ['verify-only', 'provisioning', 'replay, distinct tokens', 'replay, same token', 'seen'] as const;

export type Kind = (typeof KINDS)[number];

export interface Throughput {
  readonly perSecond: Record<Kind, Measured>;
  /** p99 ÷ median of the latencies of each round. */
  readonly tail: Record<Kind, Measured>;
}

export async function measureThroughput({
  binary,
  rounds,
  requests,
  connections,
  note,
}: ThroughputOptions): Promise<Throughput> {
  const directory = mkdtempSync(join(tmpdir(), 'agent-paste-bench-'));
  try {
    const paths = openStateDirectory(directory);
    const random = systemRandom();
    const keyring = openKeyring(paths.signingKeys);
    await keyring.ensure(Date.now());
    const users = openDirectory(paths.users);
    await using server = await startProcess([
      binary,
      'serve',
      '--port',
      '0',
      '--json',
      '--log',
      'off',
      '--state-dir',
      directory,
    ]);
    await using baseline = await startProcess([
      'test/bench/baselines/verify-only.mjs',
      JSON.stringify({ jwks: keyring.jwks(), issuer: WORKOS_ISSUER }),
    ]);

    const perSecond = forEachName(KINDS, (): number[] => []);
    const tails = forEachName(KINDS, (): number[] => []);
    const run = async (kind: Kind, url: string, tokens: readonly string[], counted: boolean) => {
      const { perSecond: rate, latencies } = await load(
        url,
        tokens.map((token) => callbackRequest(url, token)),
        connections,
        (head, body) =>
          head.startsWith('HTTP/1.1 200') &&
          (kind === 'verify-only' || body.includes(kind === 'seen' ? '"default_api_key":null' : '"secret":"ap_pk_')),
      );
      if (!counted) return;
      perSecond[kind].push(rate);
      tails[kind].push(percentile(latencies, 0.99) / percentile(latencies, 0.5));
    };
    const mint = (sub: string) =>
      mintToken({ issuer: WORKOS_ISSUER, clientId: LOCAL_CLIENT_ID, sub }, { keyring, now: Date.now(), random }).token;

    for (let round = 0; round <= rounds; round++) {
      const counted = round > 0; // the first round warms both servers up
      note(counted ? `throughput, round ${round} of ${rounds}` : 'throughput, warming up');
      const subjects = Array.from(
        { length: counted ? requests : Math.min(requests, 1000) },
        () => `user_${random.ulid(Date.now())}`,
      );
      for (const id of subjects) users.add(newUser(id, `${id.toLowerCase()}@example.com`, new Date().toISOString()));
      const first = subjects.map(mint);
      const second = subjects.map(mint);
      await run('verify-only', baseline.ready.url, first, counted);
      await run('provisioning', server.ready.url, first, counted);
      await run('replay, distinct tokens', server.ready.url, first, counted);
      await run('seen', server.ready.url, second, counted);
      await run(
        'replay, same token',
        server.ready.url,
        first.map(() => first[0] as string),
        counted,
      );
    }
    users.close();
    const named = (values: Record<Kind, number[]>) =>
      forEachName(KINDS, (kind): Measured => ({ name: kind, values: values[kind] }));
    return { perSecond: named(perSecond), tail: named(tails) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

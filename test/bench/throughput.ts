/** Callbacks per second, beside a server that only verifies, with the same key and the same tokens. */
import { WORKOS_ISSUER } from '../../src/config.ts';
import { populate } from '../inspect/population.ts';
import { temporaryDirectory } from '../support/directory.ts';
import { figures, KINDS, type Kind, type LoadFigures, startContender } from './contender.ts';
import { startProcess } from './process.ts';
import { forEachName, type Measured } from './statistics.ts';

export interface ThroughputOptions {
  readonly binary: string;
  readonly rounds: number;
  /** Requests of each kind in each round. */
  readonly requests: number;
  readonly connections: number;
  readonly note: (text: string) => void;
}

const RIVALS = ['verify-only', ...KINDS] as const;

export interface Throughput {
  readonly perSecond: Record<(typeof RIVALS)[number], Measured>;
  /** p99 ÷ median of the latencies of each round. */
  readonly tail: Record<(typeof RIVALS)[number], Measured>;
}

export async function measureThroughput({
  binary,
  rounds,
  requests,
  connections,
  note,
}: ThroughputOptions): Promise<Throughput> {
  using directory = temporaryDirectory();
  await using contender = await startContender(binary, directory.path);
  await using baseline = await startProcess([
    'test/bench/baselines/verify-only.mjs',
    JSON.stringify({ jwks: contender.jwks, issuer: WORKOS_ISSUER }),
  ]);
  const measured = forEachName(RIVALS, (): LoadFigures[] => []);
  for (let round = 0; round <= rounds; round++) {
    note(round > 0 ? `throughput, round ${round} of ${rounds}` : 'throughput, warming up');
    const tokens = contender.newRound(requests);
    const verified = await figures(baseline.ready.url, tokens.first, connections, () => true);
    const results: [(typeof RIVALS)[number], LoadFigures][] = [['verify-only', verified]];
    for (const kind of KINDS) results.push([kind, await contender.run(kind, tokens, connections)]);
    if (round === 0) continue; // warms both servers up
    for (const [name, result] of results) measured[name].push(result);
  }
  const pick = (of: (result: LoadFigures) => number) =>
    forEachName(RIVALS, (name): Measured => ({ name, values: measured[name].map(of) }));
  return { perSecond: pick(({ perSecond }) => perSecond), tail: pick(({ tail }) => tail) };
}

export interface Scale {
  readonly few: Record<Kind, Measured>;
  readonly many: Record<Kind, Measured>;
}

/** The same callbacks on an empty database and on one with many members, in turns. */
export async function measureScale(
  { binary, rounds, requests, connections, note }: ThroughputOptions,
  members: number,
): Promise<Scale> {
  using empty = temporaryDirectory();
  using full = temporaryDirectory();
  note(`making ${members} members`);
  populate(full.path, members);
  await using few = await startContender(binary, empty.path);
  await using many = await startContender(binary, full.path);
  const sides = { few, many };
  const measured = forEachName(['few', 'many'], () => forEachName(KINDS, (): number[] => []));
  for (let round = 0; round <= rounds; round++) {
    note(round > 0 ? `scale, round ${round} of ${rounds}` : 'scale, warming up');
    const tokens = forEachName(['few', 'many'], (side) => sides[side].newRound(requests));
    for (const kind of KINDS) {
      for (const side of ['few', 'many'] as const) {
        const { perSecond } = await sides[side].run(kind, tokens[side], connections);
        if (round > 0) measured[side][kind].push(perSecond);
      }
    }
  }
  return forEachName(['few', 'many'], (side) =>
    forEachName(KINDS, (name): Measured => ({ name, values: measured[side][name] })),
  );
}

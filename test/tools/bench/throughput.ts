/** Callbacks per second, beside a server that only verifies, with the same key and the same tokens. */
import { WORKOS_ISSUER } from '../../../src/machine/settings.ts';
import { populate } from '../../cli/commands/inspect/population.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { type Contender, figures, KINDS, type Kind, type LoadFigures, startContender } from './contender.ts';
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
    'test/tools/bench/baselines/verify-only.mjs',
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

/** Callbacks per second of servers that are measured in turns, by the name of each. */
export type Sides<Side extends string> = Record<Side, Record<Kind, Record<keyof LoadFigures, Measured>>>;

/** The same callbacks on an empty database and on one with many members. */
export async function measureScale(options: ThroughputOptions, members: number): Promise<Sides<'few' | 'many'>> {
  using empty = temporaryDirectory();
  using full = temporaryDirectory();
  options.note(`making ${members} members`);
  await populate(full.path, members);
  await using few = await startContender(options.binary, empty.path);
  await using many = await startContender(options.binary, full.path);
  return await inTurns('scale', { few, many }, options);
}

export async function inTurns<Side extends string>(
  what: string,
  sides: Record<Side, Pick<Contender, 'newRound' | 'run'>>,
  { rounds, requests, connections, note }: ThroughputOptions,
): Promise<Sides<Side>> {
  const names = Object.keys(sides) as Side[];
  const measured = forEachName(names, () => forEachName(KINDS, (): LoadFigures[] => []));
  for (let round = 0; round <= rounds; round++) {
    note(round > 0 ? `${what}, round ${round} of ${rounds}` : `${what}, warming up`);
    const tokens = forEachName(names, (side) => sides[side].newRound(requests));
    for (const kind of KINDS) {
      for (const side of names) {
        const result = await sides[side].run(kind, tokens[side], connections);
        if (round > 0) measured[side][kind].push(result);
      }
    }
  }
  return forEachName(names, (side) =>
    forEachName(KINDS, (kind) =>
      forEachName(
        ['perSecond', 'tail', 'p99'],
        (of): Measured => ({
          name: side,
          values: measured[side][kind].map((result) => result[of]),
        }),
      ),
    ),
  );
}

/** Two servers over one database, beside one server. */
import type { TestSchema } from '../../../support/postgres.ts';
import { type Contender, KINDS, type Kind, type LoadFigures, type Round, startContender } from '../contender.ts';
import { processMilliseconds } from '../memory.ts';
import { type Row, row } from '../row.ts';
import { forEachName } from '../statistics.ts';
import { inTurns, type ThroughputOptions } from '../throughput.ts';
import type { Serving } from './serving.ts';

/** The same load on one server, and half of it on each of two. */
export async function twoServerRows(
  options: ThroughputOptions,
  { postgres, over, directory, schema }: Serving,
): Promise<Row[]> {
  await using second = await startContender(options.binary, directory, over);
  const sides = { 'one server': [postgres], both: [postgres, second] };
  const processor = forEachName(['one server', 'both'], () => forEachName(KINDS, (): number[] => []));
  const side = (name: keyof typeof sides): Pick<Contender, 'newRound' | 'run'> => ({
    newRound: postgres.newRound,
    async run(kind, round, connections) {
      const servers = sides[name];
      const before = await processorTime(servers, schema);
      const begun = performance.now();
      const parts = await Promise.all(
        servers.map((each, n) => each.run(kind, part(round, n, servers.length), connections / servers.length)),
      );
      const perSecond = round.first.length / ((performance.now() - begun) / 1000);
      processor[name][kind].push(((await processorTime(servers, schema)) - before) / round.first.length);
      const [worst] = parts.sort((a, b) => b.p99 - a.p99) as [LoadFigures, ...LoadFigures[]];
      return { ...worst, perSecond };
    },
  });
  const turns = { 'one server': side('one server'), both: side('both') };
  const measured = await inTurns('two servers', turns, options);
  // The first round warms up.
  const times = (name: keyof typeof sides, kind: Kind) => ({ name, values: processor[name][kind].slice(1) });
  return KINDS.flatMap((kind) => [
    row(`${kind}, two servers`, measured.both[kind].perSecond, measured['one server'][kind].perSecond, '/s', {
      least: 0.9,
    }),
    row(`its processor time`, times('both', kind), times('one server', kind), 'ms'),
  ]);
}

/** Milliseconds that servers and their sessions in the database have used. Linux only, with the database on this machine. */
async function processorTime(servers: readonly Contender[], { schema, query }: TestSchema): Promise<number> {
  const sessions = await query(
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'agent-paste' AND query LIKE $1",
    [`%${schema}%`],
  );
  const processes = [...servers.map(({ server }) => server.child.pid), ...sessions.map(({ pid }) => Number(pid))];
  return processes.reduce<number>((sum, pid) => sum + processMilliseconds(pid), 0);
}

function part({ subjects, first, second }: Round, n: number, parts: number): Round {
  const every = <T>(of: readonly T[]) => of.filter((_, index) => index % parts === n);
  return { subjects: every(subjects), first: every(first), second: every(second) };
}

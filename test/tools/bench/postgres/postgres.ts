/** What PostgreSQL costs beside SQLite: the figures that have a target, all of one run. */
import { temporaryDirectory } from '../../../support/directory.ts';
import { testSchema } from '../../../support/postgres.ts';
import { KINDS, type Kind, startContender } from '../contender.ts';
import { residentMegabytes, sendBatch } from '../memory.ts';
import { startProcess } from '../process.ts';
import { type Row, row } from '../row.ts';
import { forEachName, type Measured, median } from '../statistics.ts';
import { inTurns, type ThroughputOptions } from '../throughput.ts';
import { memberRows } from './many-members.ts';
import { sweepRows } from './sweeping.ts';
import { twoServerRows } from './two-servers.ts';

const LEAST_OF_SQLITE: Readonly<Record<Kind, number>> = {
  provisioning: 0.55,
  'replay, distinct tokens': 0.6,
  seen: 0.5,
  'replay, same token': 0.6,
};

/** @param members of a database that is compared with an empty one; 0 for none */
export async function measurePostgres(
  options: ThroughputOptions,
  database: string,
  members: number,
): Promise<{ readonly rows: readonly Row[] }> {
  using one = temporaryDirectory();
  using other = temporaryDirectory();
  await using schema = testSchema(database);
  const over = ['--db', schema.url];
  await using sqlite = await startContender(options.binary, one.path);
  await using postgres = await startContender(options.binary, other.path, over);
  const engines = await inTurns('engines', { SQLite: sqlite, postgres }, options);
  const rows: Row[] = [
    ...(await readyRows(options, one.path, other.path, over)),
    ...KINDS.map((kind) =>
      row(`${kind}, PostgreSQL`, engines.postgres[kind].perSecond, engines.SQLite[kind].perSecond, '/s', {
        least: LEAST_OF_SQLITE[kind],
      }),
    ),
    ...KINDS.map((kind) => ({
      figure: `p99 of ${kind}, PostgreSQL`,
      baseline: 'its median',
      value: `${median(engines.postgres[kind].p99.values).toFixed(1)} ms`,
      ratio: median(engines.postgres[kind].tail.values),
      target: { most: 4 },
    })),
    ...(await twoServerRows(options, { postgres, over, directory: other.path, schema })),
    ...(await sweepRows(options, { postgres, over, directory: other.path, schema })),
  ];
  rows.push(await memoryRow(options, { SQLite: [one.path], PostgreSQL: [other.path, ...over] }));
  if (members > 0) rows.push(...(await memberRows(options, { postgres, database, members })));
  return { rows };
}

/** A state directory, and flags of `serve`. */
type Flags = Record<'SQLite' | 'PostgreSQL', readonly [string, ...string[]]>;

/** Of a hundred users and 10,300 callbacks each: by then V8 has the heap that it keeps. */
const MEMORY_BATCHES = 10;

/** Of servers that have done nothing before. @param flags of each */
async function memoryRow({ binary, note }: ThroughputOptions, flags: Flags): Promise<Row> {
  const megabytes = async (name: keyof Flags): Promise<Measured> => {
    const [directory, ...more] = flags[name];
    await using contender = await startContender(binary, directory, more);
    for (let batch = 1; batch <= MEMORY_BATCHES; batch++) {
      note(`memory over ${name}, ${batch} of ${MEMORY_BATCHES}`);
      await sendBatch(contender, 100);
    }
    return { name, values: [residentMegabytes(contender.server.child.pid)] };
  };
  const sqlite = await megabytes('SQLite');
  return row('memory under load, PostgreSQL', await megabytes('PostgreSQL'), sqlite, 'MB', { most: 1.2 });
}

/** Milliseconds until a server that has its state is ready. */
async function readyRows(
  { binary, rounds, note }: ThroughputOptions,
  one: string,
  other: string,
  over: readonly string[],
): Promise<Row[]> {
  const flags = { SQLite: ['--state-dir', one], PostgreSQL: ['--state-dir', other, ...over] };
  const values = forEachName(['SQLite', 'PostgreSQL'], (): number[] => []);
  for (let round = 0; round <= 2 * rounds; round++) {
    note(`ready, round ${round} of ${2 * rounds}`);
    for (const name of ['SQLite', 'PostgreSQL'] as const) {
      await using server = await startProcess([binary, 'serve', '--port', '0', '--json', ...flags[name]]);
      if (round > 0) values[name].push(server.readyAfter);
    }
  }
  const measured = forEachName(['SQLite', 'PostgreSQL'], (name): Measured => ({ name, values: values[name] }));
  return [row('serve, PostgreSQL', measured.PostgreSQL, measured.SQLite, 'ms', { most: 1.25 })];
}

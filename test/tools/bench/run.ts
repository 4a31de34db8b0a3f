/**
 * `npm run bench`: one run, one table, every figure as a ratio to a baseline measured beside it.
 *
 *   npm run bench                        all but what the options below add
 *   npm run bench -- --short             a quick one, as CI prints it
 *   npm run bench -- --rounds 3          fewer rounds of the load than 7
 *   npm run bench -- --members 1000000   also on a database with so many members, beside an empty one
 *   npm run bench -- --postgres          also over PostgreSQL, beside SQLite; --members is then about PostgreSQL
 *   npm run bench -- --callbacks 1000000 also memory before and after so many callbacks
 *   npm run bench -- --executable <file> also the single executable, beside the package
 *   npm run bench -- --json <file>
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { table } from '../../../src/cli/terminal/table.ts';
import { POSTGRES_URL } from '../../support/stored.ts';
import { KINDS, type Kind } from './contender.ts';
import { measureGrowth, measureMemory } from './memory.ts';
import { measurePostgres } from './postgres/postgres.ts';
import { pinLoad, printedBy } from './process.ts';
import { format, type Row, row } from './row.ts';
import { compareForms, FORM_COMMANDS, type FormCommand, measureStartup, type Started } from './startup.ts';
import { type Measured, median, ratio } from './statistics.ts';
import { measureScale, measureThroughput } from './throughput.ts';

const { values: options } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    members: { type: 'string' },
    postgres: { type: 'boolean', default: false },
    callbacks: { type: 'string' },
    executable: { type: 'string' },
    json: { type: 'string' },
  },
});
const binary = resolve('bin/agent-paste.js');
const note = (text: string) => void process.stderr.write(`${text}\n`);

pinLoad();
const CONNECTIONS = 32;
const startup = await measureStartup({ binary, rounds: options.short ? 5 : 21, note });
const loads = {
  binary,
  rounds: Number(options.rounds ?? (options.short ? 1 : 7)),
  requests: options.short ? 2000 : 4000,
  connections: CONNECTIONS,
  note,
};
const forms = options.executable && (await compareForms({ binary, rounds: 21, note }, resolve(options.executable)));
const throughput = await measureThroughput(loads);
const sqlite = JSON.parse(
  printedBy(['test/tools/bench/baselines/raw-sqlite.mjs', String(loads.requests), String(CONNECTIONS)]),
) as Record<'alone' | 'grouped', number>;
const memory = await measureMemory({ binary, note });
const growth = options.callbacks && (await measureGrowth({ binary, note }, Number(options.callbacks)));
const engines = options.postgres && (await measurePostgres(loads, POSTGRES_URL, Number(options.members ?? 0)));
const scale = options.members && !options.postgres && (await measureScale(loads, Number(options.members)));

const milliseconds = (name: Started, baseline: Started, most: number): Row =>
  row(name, startup[name], startup[baseline], 'ms', { most });
const rate = (name: Kind, least: number): Row =>
  row(name, throughput.perSecond[name], throughput.perSecond['verify-only'], '/s', { least });
const tail = (name: Kind | 'verify-only'): Row => ({
  figure: `p99 of ${name}`,
  baseline: 'its median',
  value: '',
  ratio: median(throughput.tail[name].values),
  ...(name === 'verify-only' ? {} : { target: { most: 4 } }),
});

const raw = (name: keyof typeof sqlite, baseline: string): Row => ({
  figure: 'provisioning',
  baseline,
  value: `${format(sqlite[name])} /s raw`,
  ratio: median(throughput.perSecond.provisioning.values) / sqlite[name],
});

const executable = (
  name: FormCommand,
  { executable: one, package: other }: Record<'executable' | 'package', Measured>,
): Row => ({
  figure: `${name}, executable`,
  baseline: 'package',
  value: `${format(median(one.values))} ms`,
  ratio: ratio(one.values, other.values),
});

const rows: Row[] = [
  milliseconds('--help', 'node -e 0', 1.15),
  milliseconds('inspect members', 'node -e 0', 1.4),
  milliseconds('mint', 'node -e 0', 1.6),
  milliseconds('serve', 'bare Hono', 0.7),
  milliseconds('serve, empty directory', 'bare Hono', 2),
  ...(forms ? FORM_COMMANDS.map((name) => executable(name, forms[name])) : []),
  rate('replay, same token', 1.5),
  rate('replay, distinct tokens', 0.85),
  rate('seen', 0.7),
  rate('provisioning', 0.5),
  raw('alone', 'SQLite, a commit each'),
  raw('grouped', `SQLite, ${CONNECTIONS} in a commit`),
  tail('verify-only'),
  ...KINDS.map(tail),
  row('memory when idle', memory.server, memory.baseline, 'MB', { most: 1.5 }),
  ...(growth ? [row(`memory, ${options.callbacks} callbacks`, growth.end, growth.begin, 'MB', { most: 1.1 })] : []),
  ...(scale
    ? KINDS.map((kind) => ({
        ...row(`${kind}, ${options.members} members`, scale.many[kind].perSecond, scale.few[kind].perSecond, '/s', {
          least: 0.9,
        }),
        baseline: 'none',
      }))
    : []),
  ...(engines ? engines.rows : []),
];

const shown = rows.map(({ figure, baseline, value, ratio: measured, target }) => {
  if (target === undefined) return [figure, value, `${measured.toFixed(2)} ×`, '', baseline, ''];
  const reached = 'most' in target ? measured <= target.most : measured >= target.least;
  const wanted = 'most' in target ? `≤ ${target.most}` : `≥ ${target.least}`;
  return [figure, value, `${measured.toFixed(2)} ×`, wanted, baseline, reached ? 'reached' : 'missed'];
});
for (const line of table(['figure', 'median', 'ratio', 'target', 'baseline', ''], shown))
  process.stdout.write(`${line}\n`);
process.stdout.write(`\nNode ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}\n`);
if (options.json !== undefined) {
  writeFileSync(
    options.json,
    `${JSON.stringify({ schema_version: 1, node: process.version, rows, startup, forms, throughput, sqlite, memory, growth, scale, engines }, null, 2)}\n`,
  );
}

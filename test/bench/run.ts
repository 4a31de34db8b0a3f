/**
 * `npm run bench`: one run, one table, every figure as a ratio to a baseline measured beside it.
 *
 *   npm run bench              the whole of it
 *   npm run bench -- --short   a quick one, as CI prints it
 *   npm run bench -- --json <file>
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { table } from '../../src/cli/table.ts';
import { measureMemory } from './memory.ts';
import { measureStartup, type Started } from './startup.ts';
import { type Measured, median, ratio } from './statistics.ts';
import { type Kind, measureThroughput } from './throughput.ts';

interface Row {
  readonly figure: string;
  readonly baseline: string;
  readonly value: string;
  readonly ratio: number;
  /** Reached when the ratio is at most, or at least, this. */
  readonly target: { readonly most: number } | { readonly least: number };
}

const { values: options } = parseArgs({
  options: { short: { type: 'boolean', default: false }, json: { type: 'string' } },
});
const binary = resolve('bin/agent-paste.js');
const note = (text: string) => void process.stderr.write(`${text}\n`);

const startup = await measureStartup({ binary, rounds: options.short ? 5 : 21, note });
const throughput = await measureThroughput({
  binary,
  rounds: options.short ? 1 : 5,
  requests: options.short ? 1000 : 4000,
  connections: 32,
  note,
});
const memory = await measureMemory({ binary, note });

const milliseconds = (name: Started, baseline: Started, most: number): Row =>
  row(name, startup[name], startup[baseline], 'ms', { most });
const rate = (name: Kind, least: number): Row =>
  row(name, throughput.perSecond[name], throughput.perSecond['verify-only'], '/s', { least });
const tail = (name: Kind): Row => ({
  figure: `p99 of ${name}`,
  baseline: 'its median',
  value: '',
  ratio: median(throughput.tail[name].values),
  target: { most: 4 },
});

function row(figure: string, measured: Measured, baseline: Measured, unit: string, target: Row['target']): Row {
  return {
    figure,
    baseline: baseline.name,
    value: `${format(median(measured.values))} ${unit}`,
    ratio: ratio(measured.values, baseline.values),
    target,
  };
}

const rows: Row[] = [
  milliseconds('--help', 'node -e 0', 1.7),
  milliseconds('inspect members', 'node -e 0', 1.7),
  milliseconds('mint', 'node -e 0', 2),
  milliseconds('serve', 'bare Hono', 1),
  milliseconds('serve, empty directory', 'bare Hono', 2),
  rate('replay, same token', 1.5),
  rate('replay, distinct tokens', 0.85),
  rate('seen', 0.7),
  rate('provisioning', 0.5),
  tail('replay, same token'),
  tail('replay, distinct tokens'),
  tail('seen'),
  tail('provisioning'),
  row('memory when idle', memory.server, memory.baseline, 'MB', { most: 1.5 }),
];

const shown = rows.map(({ figure, baseline, value, ratio: measured, target }) => {
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
    `${JSON.stringify({ schema_version: 1, node: process.version, rows, startup, throughput, memory }, null, 2)}\n`,
  );
}

function format(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toFixed(1);
}

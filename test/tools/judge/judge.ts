/**
 * `npm run judge`: how far `check` can be believed, measured on servers that know nothing of it. Right servers in many
 * styles must pass; each mutant, a right server with one mistake, must be caught.
 *
 *     npm run judge -- --times 20 --lanes 4 --only waits --verbose
 *     npm run judge -- --results judge.jsonl --write       the table of docs/check.md; goes on where it was stopped
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildDist } from '../build/dist.ts';
import { DESIGNS, type Design } from './designs.ts';
import { HABITS } from './habits.ts';
import { startIssuer } from './issuer.ts';
import { judged } from './judged.ts';
import { HOSTS, MUTANTS } from './mutants.ts';
import { keptResults, titleOf } from './results.ts';
import { lineOf, tableOf, type Verdict } from './table.ts';
import { writeTable } from './written.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

const { values } = parseArgs({
  options: {
    /** How often each right server is judged. */
    times: { type: 'string', default: '3' },
    lanes: { type: 'string', default: '4' },
    /** Servers whose name or mistake has this pattern. */
    only: { type: 'string', default: '' },
    what: { type: 'string', default: 'designs,mutants' },
    verbose: { type: 'boolean', default: false },
    /** A line for each check; what stands there is not checked again. */
    results: { type: 'string' },
    /** Puts the table into docs/check.md. */
    write: { type: 'boolean', default: false },
  },
});
if (values.write && (values.only !== '' || values.what !== 'designs,mutants'))
  throw new Error('--write is of all servers: without --only and --what');

await buildDist(ROOT, { dist: join(ROOT, 'dist'), types: false, clean: false });
await using issuer = await startIssuer(join(ROOT, 'bin/agent-paste.js'));

const pattern = new RegExp(values.only);
const wanted = (design: Design) => pattern.test(titleOf(design));
const rounds = Array.from({ length: Number(values.times) }, () => [...DESIGNS, ...HABITS].filter(wanted)).flat();
const all: Design[] = [
  ...(values.what.includes('designs') ? rounds : []),
  ...(values.what.includes('mutants') ? MUTANTS.filter(wanted) : []),
];
const kept = keptResults(values.results);
const verdicts: Verdict[] = [];
const waiting: Design[] = [];
for (const design of all) {
  const result = kept.take(titleOf(design));
  if (result === undefined) waiting.push(design);
  else verdicts.push({ design, result });
}

// What plain servers are told anyway says nothing about a mistake.
const usual = new Map<string, ReadonlySet<string>>();
for (const host of DESIGNS.filter(({ name }) => HOSTS.includes(name) && waiting.length + verdicts.length > 0))
  usual.set(host.name, new Set((await judged(host, issuer, [])).advice));

async function lane(): Promise<void> {
  for (let design = waiting.shift(); design !== undefined; design = waiting.shift()) {
    const result = await judged(design, issuer, ['--patience', '3s']);
    const verdict = { design, result };
    verdicts.push(verdict);
    kept.add(titleOf(design), result);
    const { isWrong, text } = lineOf(verdict, usual);
    if (values.verbose || isWrong) process.stdout.write(`${text}\n${result.said.replace(/^/gm, '    ')}\n`);
  }
}

await Promise.all(Array.from({ length: Number(values.lanes) }, lane));
const table = tableOf(verdicts, usual);
process.stdout.write(`${table}\n`);
if (values.write) writeTable(join(ROOT, 'docs/check.md'), table);
process.exitCode = verdicts.some((verdict) => lineOf(verdict, usual).isWrong) ? 1 : 0;

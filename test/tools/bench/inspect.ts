/**
 * `npm run bench:inspect`: what a large state costs those who inspect it, and what inspecting costs the server.
 *
 *   npm run bench:inspect -- --members 200000 --rounds 11
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { table } from '../../../src/cli/terminal/table.ts';
import { populate } from '../../cli/commands/inspect/population.ts';
import { type Round, startContender } from './contender.ts';
import { LOAD_CPU, pinLoad, pinned } from './process.ts';
import { median, ratio } from './statistics.ts';

const { values: options } = parseArgs({
  options: {
    members: { type: 'string', default: '200000' },
    rounds: { type: 'string', default: '11' },
    requests: { type: 'string', default: '6000' },
  },
});
const rounds = Number(options.rounds);
const binary = resolve('bin/agent-paste.js');
const root = mkdtempSync(join(tmpdir(), 'agent-paste-bench-inspect-'));
const note = (text: string) => void process.stderr.write(`${text}\n`);
const print = (lines: readonly string[]) => void process.stdout.write(`${lines.join('\n')}\n\n`);

pinLoad();
try {
  await measureSize();
  await measureInterference();
} finally {
  rmSync(root, { recursive: true, force: true });
}

/** The same commands on a state of one member and on a large one, in turns. */
async function measureSize(): Promise<void> {
  const [small, large] = [join(root, 'small'), join(root, 'large')];
  note('populating');
  await populate(small, 1);
  await populate(large, Number(options.members));
  const commands = [
    ['member', 'user-0@example.com'],
    ...['workspaces', 'members', 'keys', 'events', 'callbacks', 'records', 'users'].map((list) => [
      list,
      '--limit',
      '1',
    ]),
    ['callbacks', '--outcome', 'seen', '--limit', '1'],
    ['members', '--since', '1s', '--limit', '1'],
  ];
  const rows = commands.map((command) => {
    const times: Record<'small' | 'large', number[]> = { small: [], large: [] };
    for (let round = 0; round < rounds; round++) {
      times.small.push(timeInspect(small, command));
      times.large.push(timeInspect(large, command));
    }
    const figures = [median(times.small), median(times.large)].map((time) => `${time.toFixed(0)} ms`);
    return [command.join(' '), ...figures, ratio(times.large, times.small).toFixed(2)];
  });
  print(table(['inspect', 'one member', `${options.members} members`, 'ratio'], rows));
}

function timeInspect(directory: string, command: readonly string[]): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [binary, '--state-dir', directory, 'inspect', ...command]);
  if (status !== 0) throw new Error(`inspect ${command.join(' ')} ended with ${status}: ${stderr}`);
  return performance.now() - started;
}

/**
 * Sign-ins of known users per second from 32 connections, with and without readers. The onlookers share a processor with
 * the load, not with the server: what is measured is whether they hold it up, not how many processors there are.
 */
async function measureInterference(): Promise<void> {
  const directory = join(root, 'busy');
  await using contender = await startContender(binary, directory);
  const users = contender.newRound(Number(options.requests));
  await contender.run('provisioning', users, 32);
  const signIns = async (round: Round) => (await contender.run('seen', round, 32)).perSecond;
  const inspect = (...args: string[]) => ['--state-dir', directory, 'inspect', ...args];
  const email = `${users.subjects[0]?.toLowerCase()}@example.com`;
  const onlookers: Record<string, () => Disposable> = {
    none: () => ({ [Symbol.dispose]: () => undefined }),
    'inspect callbacks --follow': () => running(inspect('callbacks', '--follow', '--json', '--limit', '1')),
    'inspect member, again and again': () => repeated(inspect('member', email)),
    'inspect --audit, again and again': () => repeated(inspect('--audit')),
  };
  for (let warmUp = 0; warmUp < 2; warmUp++) await signIns(contender.another(users));
  const rows: string[][] = [];
  for (const [name, look] of Object.entries(onlookers)) {
    const rates: Record<'alone' | 'beside', number[]> = { alone: [], beside: [] };
    for (let round = 0; round < rounds; round++) {
      note(`${name}, round ${round + 1} of ${rounds}`);
      // Who goes first changes, since each round leaves a larger database.
      for (const kind of round % 2 === 0 ? (['alone', 'beside'] as const) : (['beside', 'alone'] as const)) {
        const tokens = contender.another(users);
        using _onlooker = kind === 'beside' ? look() : undefined;
        rates[kind].push(await signIns(tokens));
      }
    }
    const figures = [median(rates.alone), median(rates.beside)].map((rate) => `${rate.toFixed(0)}/s`);
    rows.push([name, ...figures, ratio(rates.beside, rates.alone).toFixed(2)]);
  }
  print(table(['beside the server', 'alone', 'beside', 'ratio'], rows));
}

function started(args: readonly string[]): ChildProcess {
  const [program, ...rest] = pinned([process.execPath, binary, ...args], LOAD_CPU) as [string, ...string[]];
  return spawn(program, rest, { stdio: 'ignore' });
}

function running(args: readonly string[]): Disposable {
  const child = started(args);
  return { [Symbol.dispose]: () => void child.kill('SIGKILL') };
}

/** Starts the command again as soon as it has ended. */
function repeated(args: readonly string[]): Disposable {
  let child = started(args);
  const again = () => {
    child = started(args);
    child.once('exit', again);
  };
  child.once('exit', again);
  return {
    [Symbol.dispose]: () => {
      child.off('exit', again);
      child.kill('SIGKILL');
    },
  };
}

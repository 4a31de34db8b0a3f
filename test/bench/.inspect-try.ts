/**
 * `npm run bench:inspect`: what a large state costs whoever inspects it, and what inspecting costs the server.
 *
 *   npm run bench:inspect -- --members 200000 --rounds 11
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { table } from '../../src/cli/table.ts';
import { LOCAL_CLIENT_ID, WORKOS_ISSUER } from '../../src/config.ts';
import { openKeyring } from '../../src/issuer/keyring.ts';
import { mintToken } from '../../src/issuer/mint.ts';
import { newUser } from '../../src/local-users.ts';
import { systemRandom } from '../../src/random.ts';
import { statePaths } from '../../src/state-directory.ts';
import { openDirectory } from '../../src/store/directory.ts';
import { populate } from '../inspect/population.ts';
import { callbackRequest, load } from './load.ts';
import { startProcess } from './process.ts';
import { median, ratio } from './statistics.ts';

const { values: options } = parseArgs({
  options: {
    members: { type: 'string', default: '200000' },
    rounds: { type: 'string', default: '11' },
    requests: { type: 'string', default: '6000' },
  },
});
const rounds = Number(options.rounds);
const binary = '/tmp/insp/app/bin/agent-paste.js';
const root = mkdtempSync(join(tmpdir(), 'agent-paste-bench-inspect-'));
const note = (text: string) => void process.stderr.write(`${text}\n`);
const print = (lines: readonly string[]) => void process.stdout.write(`${lines.join('\n')}\n\n`);

try {

  await measureInterference();
} finally {
  rmSync(root, { recursive: true, force: true });
}

/** The same commands on a state of one member and on a large one, in turns. */
function measureSize(): void {
  const [small, large] = [join(root, 'small'), join(root, 'large')];
  note('populating');
  populate(small, 1);
  populate(large, Number(options.members));
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

/** Sign-ins per second from 32 connections, with and without somebody who looks on. */
async function measureInterference(): Promise<void> {
  const directory = join(root, 'busy');
  const paths = statePaths(directory);
  await using server = await startProcess([
    ...[binary, 'serve', '--port', '0', '--json', '--log', 'off', '--state-dir', directory],
  ]);
  const random = systemRandom();
  const keyring = openKeyring(paths.signingKeys);
  const users = openDirectory(paths.users);
  const signIns = async () => {
    const requests = Array.from({ length: Number(options.requests) }, () => {
      const id = `user_${random.ulid(Date.now())}`;
      users.add(newUser(id, `${id.toLowerCase()}@example.com`, new Date().toISOString()));
      const { token } = mintToken(
        { issuer: WORKOS_ISSUER, clientId: LOCAL_CLIENT_ID, sub: id },
        { keyring, now: Date.now(), random },
      );
      return callbackRequest(server.ready.url, token);
    });
    const accept = (head: string) => head.startsWith('HTTP/1.1 200');
    return (await load(server.ready.url, requests, 32, accept)).perSecond;
  };
  const follow = () =>
    beside([binary, '--state-dir', directory, 'inspect', 'callbacks', '--follow', '--json', '--limit', '1']);
  const watched: Record<string, () => Disposable> = {
    'inspect --follow': follow,
    'inspect members, once a second': () => repeatedly(directory, ['members', '--limit', '5'], 1000),
    'inspect --audit, once': () => beside([binary, '--state-dir', directory, 'inspect', '--audit']),
  };
  await signIns(); // warms up
  const rows: string[][] = [];
  for (const [name, start] of Object.entries(watched)) {
    const rates: Record<'alone' | 'beside', number[]> = { alone: [], beside: [] };
    for (let round = 0; round < Math.ceil(rounds / 2); round++) {
      note(`${name}, round ${round + 1}`);
      // Who goes first changes, since each round leaves a larger database.
      for (const kind of round % 2 === 0 ? (['alone', 'beside'] as const) : (['beside', 'alone'] as const)) {
        using _onlooker = kind === 'beside' ? start() : undefined;
        rates[kind].push(await signIns());
      }
    }
    const figures = [median(rates.alone), median(rates.beside)].map((rate) => `${rate.toFixed(0)}/s`);
    rows.push([name, ...figures, ratio(rates.beside, rates.alone).toFixed(2)]);
  }
  users.close();
  print(table(['beside the server', 'alone', 'beside', 'ratio'], rows));
}

function beside(args: readonly string[]): Disposable {
  const child: ChildProcess = spawn(process.execPath, args, { stdio: 'ignore' });
  return { [Symbol.dispose]: () => void child.kill('SIGKILL') };
}

function repeatedly(directory: string, command: readonly string[], everyMs: number): Disposable {
  const timer = setInterval(() => {
    const child = spawn(process.execPath, [binary, '--state-dir', directory, 'inspect', ...command], {
      stdio: 'ignore',
    });
    void once(child, 'close');
  }, everyMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

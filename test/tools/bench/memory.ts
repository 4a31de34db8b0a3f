/** Resident memory: of an idle server beside a bare one, and before and after a great many callbacks. */
import { readFileSync } from 'node:fs';
import { temporaryDirectory } from '../../support/directory.ts';
import { type Contender, startContender } from './contender.ts';
import { startProcess } from './process.ts';
import type { Measured } from './statistics.ts';

export interface MemoryOptions {
  readonly binary: string;
  readonly note: (text: string) => void;
}

export async function measureMemory({
  binary,
  note,
}: MemoryOptions): Promise<{ server: Measured; baseline: Measured }> {
  note('memory');
  using directory = temporaryDirectory();
  await using bare = await startProcess(['test/tools/bench/baselines/bare-hono.mjs']);
  await using server = await startProcess([binary, 'serve', '--port', '0', '--json', '--state-dir', directory.path]);
  // What is loaded after the server has begun to listen belongs to it as well.
  for (const { ready } of [bare, server]) await (await fetch(`${ready.url}/healthz`)).text();
  return {
    server: { name: 'serve', values: [residentMegabytes(server.child.pid)] },
    baseline: { name: 'bare Hono', values: [residentMegabytes(bare.child.pid)] },
  };
}

/** Callbacks sent at once; between them memory is looked at. */
const BATCH = 10_000;
const CONNECTIONS = 32;

/**
 * A hundredth of many callbacks are first sign-ins and a hundredth later ones, the rest is replays: of many tokens, and of one.
 * @param users how many of them sign in
 * @returns the number of callbacks
 */
export async function sendBatch(contender: Contender, users: number): Promise<number> {
  const round = contender.newRound(users);
  for (const kind of ['provisioning', 'seen', 'replay, distinct tokens'] as const)
    await contender.run(kind, round, CONNECTIONS);
  const again = { ...round, first: Array.from({ length: BATCH }, () => round.first[0] as string) };
  await contender.run('replay, same token', again, CONNECTIONS);
  return 3 * users + BATCH;
}

/** Megabytes after the first tenth of so many callbacks, when everything is compiled and every buffer has its size, and after the last. */
export async function measureGrowth(
  { binary, note }: MemoryOptions,
  callbacks: number,
): Promise<{ begin: Measured; end: Measured }> {
  using directory = temporaryDirectory();
  await using contender = await startContender(binary, directory.path);
  const { pid } = contender.server.child;
  let begin = Number.NaN;
  for (let sent = 0; sent < callbacks; ) {
    note(`memory, ${sent} of ${callbacks} callbacks`);
    sent += await sendBatch(contender, callbacks / 1000);
    if (Number.isNaN(begin) && sent >= callbacks / 10) begin = residentMegabytes(pid);
  }
  return {
    begin: { name: 'after the first tenth', values: [begin] },
    end: { name: 'serve', values: [residentMegabytes(pid)] },
  };
}

/** Linux only; NaN elsewhere. */
export function residentMegabytes(pid: number | undefined): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(ofProcess(pid, 'status'))?.[1]) / 1024;
}

/** Hundredths of a second, as every Linux counts them. */
const TICK_MS = 10;

/** Processor time that it has used. Linux only; NaN elsewhere. */
export function processMilliseconds(pid: number | undefined): number {
  const [, user, system] = /\) \S (?:\S+ ){10}(\d+) (\d+)/.exec(ofProcess(pid, 'stat')) ?? [];
  return (Number(user) + Number(system)) * TICK_MS;
}

function ofProcess(pid: number | undefined, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

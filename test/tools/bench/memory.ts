/** Resident memory: of an idle server beside a bare one, and before and after a great many callbacks. */
import { readFileSync } from 'node:fs';
import { temporaryDirectory } from '../../support/directory.ts';
import { startContender } from './contender.ts';
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
    // A hundredth of them are first sign-ins and a hundredth later ones, the rest is replays: of many tokens, and of one.
    const round = contender.newRound(callbacks / 1000);
    await contender.run('provisioning', round, 32);
    await contender.run('seen', round, 32);
    await contender.run('replay, distinct tokens', round, 32);
    sent += 3 * round.first.length;
    const again = { ...round, first: Array.from({ length: BATCH }, () => round.first[0] as string) };
    await contender.run('replay, same token', again, 32);
    sent += BATCH;
    if (Number.isNaN(begin) && sent >= callbacks / 10) begin = residentMegabytes(pid);
  }
  return {
    begin: { name: 'after the first tenth', values: [begin] },
    end: { name: 'serve', values: [residentMegabytes(pid)] },
  };
}

/** Linux only; NaN elsewhere. */
function residentMegabytes(pid: number | undefined): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Number.NaN;
    throw error;
  }
}

/** Resident memory of an idle server, beside a bare one. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess } from './process.ts';
import type { Measured } from './statistics.ts';

export async function measureMemory({
  binary,
  note,
}: {
  binary: string;
  note: (text: string) => void;
}): Promise<{ server: Measured; baseline: Measured }> {
  note('memory');
  const directory = mkdtempSync(join(tmpdir(), 'agent-paste-bench-'));
  try {
    await using bare = await startProcess(['test/bench/baselines/bare-hono.mjs']);
    await using server = await startProcess([binary, 'serve', '--port', '0', '--json', '--state-dir', directory]);
    return {
      server: { name: 'serve', values: [residentMegabytes(server.child.pid)] },
      baseline: { name: 'bare Hono', values: [residentMegabytes(bare.child.pid)] },
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Linux only; NaN elsewhere. */
export function residentMegabytes(pid: number | undefined): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Number.NaN;
    throw error;
  }
}

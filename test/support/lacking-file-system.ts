/** File systems that lack something which others have: a library that is preloaded plays them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('lacking-file-system.c', import.meta.url));

export type Lack = 'modes' | 'shm' | 'dirsync' | 'links' | 'locks';

export interface LackingFileSystem extends Disposable {
  /** Variables for a program to which the directory is on such a file system. */
  below(directory: string, ...lacks: Lack[]): Record<string, string>;
}

/** A compiler is there, and what it makes can be preloaded. */
export const CAN_LACK =
  process.platform === 'linux' && spawnSync('cc', ['--version'], { stdio: 'ignore' }).status === 0;

export function lackingFileSystem(): LackingFileSystem {
  const directory = mkdtempSync(join(tmpdir(), 'agent-paste-lacking-'));
  const library = join(directory, 'lacking.so');
  const { status, stderr } = spawnSync('cc', ['-shared', '-fPIC', '-o', library, SOURCE, '-ldl'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return {
    below: (place, ...lacks) => ({
      LD_PRELOAD: library,
      LACKING_BELOW: realpathSync(place),
      LACKING: lacks.join(','),
    }),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  };
}

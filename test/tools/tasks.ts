/** What the npm scripts about tests do. Each step is a program of its own; the first that fails ends the task. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildDist } from './build/dist.ts';
import { nextNode } from './next-node.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAMS = {
  tsc: 'node_modules/typescript/bin/tsc',
  biome: 'node_modules/@biomejs/biome/bin/biome',
  knip: 'node_modules/knip/bin/knip.js',
  vitest: 'node_modules/vitest/vitest.mjs',
  soak: 'test/tools/soak/soak.ts',
  cluster: 'test/tools/cluster/cluster.ts',
};

interface Step {
  readonly program: keyof typeof PROGRAMS;
  readonly args: readonly string[];
  readonly env?: Record<string, string>;
  /** The Node that runs it; that of this process by default. */
  readonly node?: string;
}

type Task = (args: readonly string[]) => readonly Step[] | Promise<readonly Step[]>;

const TASKS: Readonly<Record<string, Task>> = {
  // Vitest bundles the program for its tests.
  test: (args) => [
    { program: 'tsc', args: ['--noEmit'] },
    { program: 'tsc', args: ['--noEmit', '-p', 'src/inspector/page'] },
    { program: 'biome', args: ['check', '.'] },
    { program: 'knip', args: [] },
    { program: 'vitest', args: ['run', ...args] },
  ],
  long: (args) => [
    {
      program: 'vitest',
      args: [
        'run',
        ...['properties', 'crash', 'chaos', 'several-hosts'].map((name) => `test/promises/${name}`),
        ...args,
      ],
      env: { PROPERTY_RUNS: '10', TEST_LENGTH: 'long' },
    },
  ],
  node26: (args) => [{ program: 'vitest', args: ['run', ...args], env: { TEST_LENGTH: 'short' }, node: nextNode() }],
  frameworks: (args) => [
    { program: 'vitest', args: ['run', '--config', 'test/tools/frameworks/vitest.config.ts', ...args] },
  ],
  cluster: async (args) => {
    await buildDist(ROOT, { dist: join(ROOT, 'dist'), types: false, clean: false });
    return [{ program: 'cluster', args, env: { AGENT_PASTE_TEST_BINARY: join(ROOT, 'bin/agent-paste.js') } }];
  },
  soak: async (args) => {
    await buildDist(ROOT, { dist: join(ROOT, 'dist'), types: false, clean: false });
    return [{ program: 'soak', args, env: { AGENT_PASTE_TEST_BINARY: join(ROOT, 'bin/agent-paste.js') } }];
  },
};

/** @returns the exit code of the first step that failed, or 0 */
export async function runTask(name: string | undefined, args: readonly string[]): Promise<number> {
  const task = TASKS[name ?? ''];
  if (task === undefined) throw new Error(`there is no task ${name}: ${Object.keys(TASKS).join(', ')}`);
  for (const { program, args: given, env, node = process.execPath } of await task(args)) {
    const options = { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } } as const;
    const { status, error } = spawnSync(node, [PROGRAMS[program], ...given], options);
    if (error) throw error;
    if (status !== 0) return status ?? 1;
  }
  return 0;
}

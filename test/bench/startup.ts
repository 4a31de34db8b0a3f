/** Milliseconds from start to end, or to ready, beside the bare runtime and a bare server. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess, timeCommand } from './process.ts';
import { forEachName, type Measured } from './statistics.ts';

export interface StartupOptions {
  readonly binary: string;
  readonly rounds: number;
  readonly note: (text: string) => void;
}

const COMMANDS = ['node -e 0', '--help', 'mint', 'inspect members'] as const;
const SERVERS = ['bare Hono', 'serve', 'serve, empty directory'] as const;

export type Started = (typeof COMMANDS)[number] | (typeof SERVERS)[number];

export async function measureStartup({ binary, rounds, note }: StartupOptions): Promise<Record<Started, Measured>> {
  const directory = mkdtempSync(join(tmpdir(), 'agent-paste-bench-'));
  const values = forEachName([...COMMANDS, ...SERVERS], (): number[] => []);
  const state = (name: string) => ['--state-dir', join(directory, name)];
  const args: Record<(typeof COMMANDS)[number], string[]> = {
    'node -e 0': ['-e', '0'],
    '--help': [binary, '--help'],
    mint: [binary, 'mint', ...state('used')],
    'inspect members': [binary, 'inspect', 'members', ...state('used')],
  };
  const readyAfter = async (name: (typeof SERVERS)[number], command: string[]) => {
    await using server = await startProcess(command);
    values[name].push(server.readyAfter);
  };
  const serve = [binary, 'serve', '--port', '0', '--json'];
  try {
    await readyAfter('serve', [...serve, ...state('used')]);
    values.serve.length = 0; // that one made the state
    note(`start-up, ${rounds} rounds`);
    for (let round = 0; round < rounds; round++) {
      for (const name of COMMANDS) values[name].push(timeCommand(args[name], directory));
      await readyAfter('bare Hono', ['test/bench/baselines/bare-hono.mjs']);
      await readyAfter('serve', [...serve, ...state('used')]);
      await readyAfter('serve, empty directory', [...serve, ...state(`new-${round}`)]);
    }
    return forEachName([...COMMANDS, ...SERVERS], (name) => ({ name, values: values[name] }));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The edge of the program: what a command gets of the process it runs in. */
import { readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { type RandomSource, systemRandom } from '../random.ts';

export interface Runtime {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly random: RandomSource;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Resolves with the first of the signals to arrive. */
  readonly signal: (...names: NodeJS.Signals[]) => Promise<NodeJS.Signals>;
}

export function processRuntime(): Runtime {
  return {
    argv: process.argv.slice(2),
    env: process.env,
    cwd: process.cwd(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    random: systemRandom(),
    now: Date.now,
    signal: (...names) => new Promise((resolve) => names.forEach((name) => void process.once(name, resolve))),
  };
}

/** The version of this package. */
export function packageVersion(): string {
  // Beside bin/, both in dist/ and in src/cli/.
  for (const up of ['../package.json', '../../package.json']) {
    const manifest = readManifest(new URL(up, import.meta.url));
    if (manifest?.name === 'agent-paste') return manifest.version;
  }
  throw new Error('package.json of agent-paste is missing beside the program');
}

function readManifest(url: URL): { name: string; version: string } | undefined {
  try {
    return JSON.parse(readFileSync(url, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

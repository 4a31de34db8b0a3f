/** Servers that a check starts itself: the real program, each a process with a state directory that goes away with it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { LOCAL_CLIENT_ID, WORKOS_ISSUER } from '../config.ts';
import { Failure } from '../errors.ts';
import type { RandomSource } from '../random.ts';
import { type Minter, openMinter } from '../replay/minter.ts';

export interface LauncherEdge {
  /** What starts this program once more. */
  readonly program: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: RandomSource;
  /** No server is started once it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

export interface OwnServer {
  readonly url: string;
  readonly stateDir: string;
  readonly minter: Minter;
  /** SIGKILL: nothing is written any more. */
  kill(): Promise<void>;
  /** Starts a server on the state that this one left. */
  again(): Promise<OwnServer>;
}

export interface Launcher extends AsyncDisposable {
  /** @param flags of `serve`. @throws Failure when it does not become ready */
  start(flags: readonly string[]): Promise<OwnServer>;
}

/** Every server that is started takes `flags` too. Disposing kills what runs, and removes what it left. */
export function createLauncher(flags: readonly string[], edge: LauncherEdge): Launcher {
  const running = new Set<ChildProcess>();
  const minters: Minter[] = [];
  const directories: string[] = [];

  const launch = async (stateDir: string, more: readonly string[]): Promise<OwnServer> => {
    edge.signal?.throwIfAborted();
    const child = spawnServer(edge, stateDir, [...flags, ...more]);
    running.add(child);
    const ended = once(child, 'close').finally(() => running.delete(child));
    const url = await readyUrl(child);
    const settings = { stateDir, issuer: WORKOS_ISSUER, clientId: LOCAL_CLIENT_ID, now: edge.now, random: edge.random };
    const minter = await openMinter(settings);
    minters.push(minter);
    return {
      url,
      stateDir,
      minter,
      async kill() {
        child.kill('SIGKILL');
        await ended;
      },
      again: () => launch(stateDir, []),
    };
  };

  return {
    start(more) {
      const stateDir = mkdtempSync(join(tmpdir(), 'agent-paste-check-'));
      directories.push(stateDir);
      return launch(stateDir, more);
    },
    async [Symbol.asyncDispose]() {
      for (const minter of minters.splice(0)) minter[Symbol.dispose]();
      await Promise.all(
        [...running].map(async (child) => {
          const ended = once(child, 'close');
          child.kill('SIGKILL');
          await ended;
        }),
      );
      for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
    },
  };
}

function spawnServer({ program, env }: LauncherEdge, stateDir: string, flags: readonly string[]): ChildProcess {
  const [executable, ...first] = program;
  const args = [...first, 'serve', '--json', '--port', '0', '--log', 'off', '--state-dir', stateDir, ...flags];
  // No setting of the caller reaches it: neither by the environment nor by a configuration file upwards of here.
  const clean = Object.entries(env).filter(([name]) => !/^(?:AGENT_PASTE|WORKOS)_/.test(name));
  return spawn(executable, args, {
    cwd: stateDir,
    env: Object.fromEntries(clean),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'], // the channel ends it when this process is killed
  });
}

async function readyUrl(child: ChildProcess): Promise<string> {
  let complaints = '';
  child.stderr?.on('data', (chunk) => {
    complaints += chunk;
  });
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    child.stdout?.resume();
    return (JSON.parse(line) as { url: string }).url;
  }
  const [last = 'it said nothing'] = complaints.trim().split('\n').slice(-1);
  throw new Failure('unreachable', `the server to check did not start: ${last}`);
}

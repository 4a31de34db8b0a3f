/** Servers that a check starts itself: processes of the real program with temporary state directories. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { EXIT_CODES, Failure } from '../../../errors/failure.ts';
import type { RandomSource } from '../../../machine/random.ts';
import { LOCAL_CLIENT_ID, WORKOS_ISSUER } from '../../../machine/settings.ts';
import { statePaths } from '../../../machine/state-directory.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../../machine/temporary-directory.ts';
import { isDatabaseUrl, withSchema } from '../../../machine/values/database-url.ts';
import { type Minter, openMinter } from '../../../server/minter.ts';
import { openProbe } from '../../../store/open.ts';

export interface LauncherEdge {
  /** A PostgreSQL database in which each state gets a schema; a file of its own by default. */
  readonly database?: string | undefined;
  /** Starts this program again. */
  readonly program: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: RandomSource;
  /** After an abort, no server is started. */
  readonly signal?: AbortSignal | undefined;
}

export interface LaunchedServer {
  readonly url: string;
  readonly stateDir: string;
  /** A file, or a URL with its password. */
  readonly database: string;
  readonly minter: Minter;
  /** SIGKILL: the server cannot write any more. */
  kill(): Promise<void>;
  /** Starts a server on the state that this one left. */
  again(): Promise<LaunchedServer>;
}

export interface Launcher extends AsyncDisposable {
  /** @param flags of `serve`. @throws Failure when it does not become ready */
  start(flags: readonly string[]): Promise<LaunchedServer>;
}

/** Every server also gets `flags`. Disposing kills running servers and removes their state. */
export function createLauncher(flags: readonly string[], edge: LauncherEdge): Launcher {
  const running = new Set<ChildProcess>();
  const minters: Minter[] = [];
  const directories: TemporaryDirectory[] = [];
  const schemas: string[] = [];

  const launch = async (stateDir: string, database: string, more: readonly string[]): Promise<LaunchedServer> => {
    edge.signal?.throwIfAborted();
    const child = spawnServer(edge, { stateDir, database }, [...flags, ...more]);
    running.add(child);
    const ended = once(child, 'close').finally(() => running.delete(child));
    const url = await readyUrl(child);
    const settings = { stateDir, issuer: WORKOS_ISSUER, clientId: LOCAL_CLIENT_ID, now: edge.now, random: edge.random };
    const minter = await openMinter(settings);
    minters.push(minter);
    return {
      url,
      stateDir,
      database,
      minter,
      async kill() {
        child.kill('SIGKILL');
        await ended;
      },
      again: () => launch(stateDir, database, []),
    };
  };

  return {
    start(more) {
      const directory = temporaryDirectory('check');
      directories.push(directory);
      const database = databaseFor(edge, directory.path);
      if (isDatabaseUrl(database)) schemas.push(database);
      return launch(directory.path, database, more);
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
      for (const directory of directories.splice(0)) directory[Symbol.dispose]();
      for (const database of schemas.splice(0)) await (await openProbe(database)).remove();
    },
  };
}

function databaseFor({ database, random }: LauncherEdge, stateDir: string): string {
  if (database === undefined) return statePaths(stateDir).database;
  return withSchema(database, `check_${random.bytes(6).toString('hex')}`);
}

function spawnServer(
  { program, env }: LauncherEdge,
  { stateDir, database }: Pick<LaunchedServer, 'stateDir' | 'database'>,
  flags: readonly string[],
): ChildProcess {
  const [executable, ...first] = program;
  const args = [...first, 'serve', '--json', '--port', '0', '--log', 'off', '--state-dir', stateDir, ...flags];
  // Settings of the caller must not apply: neither from the environment nor from a configuration file upwards.
  const clean = Object.entries(env).filter(([name]) => !/^(?:AGENT_PASTE|WORKOS)_/.test(name));
  return spawn(executable, args, {
    cwd: stateDir,
    // Not by a flag: it may have a password.
    env: { ...Object.fromEntries(clean), AGENT_PASTE_DB: database },
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
  throw notStarted(complaints.trim().split('\n').at(-1) ?? '');
}

/** Its own cause and exit code, where it said them: a full disk is no target that cannot be reached. */
function notStarted(last: string): Failure {
  try {
    const { code, message, hint } = JSON.parse(last).error;
    if (Object.hasOwn(EXIT_CODES, code))
      return new Failure(code, `the server to check did not start: ${message}`, hint);
  } catch {
    // It ended before it could say anything in JSON.
  }
  return new Failure('unreachable', `the server to check did not start: ${last === '' ? 'it said nothing' : last}`);
}

/** A PostgreSQL server of a test's own, which may be stopped, killed and filled: from the programs of this machine. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** `initdb` and `postgres` refuse to run as root; this is a user without rights. */
const NOBODY = 65_534;

/** Where the programs are, newest version first: Debian keeps them out of the PATH. */
const PROGRAMS = [
  ...globSync('/usr/lib/postgresql/*/bin').sort().reverse(),
  ...(process.env.PATH ?? '').split(delimiter),
].find((directory) => existsSync(join(directory, 'initdb')));

export const HAS_POSTGRES_PROGRAMS = PROGRAMS !== undefined;

/**
 * A fast stop may never end in PostgreSQL 15 when it is asked for during a recovery: all processes but the checkpointer are
 * gone, and it waits. Such a server is stopped as by a power cut.
 */
const STOP_SECONDS = '30';

export interface PostgresServer extends AsyncDisposable {
  /** For `--db`. */
  readonly url: string;
  readonly port: number;
  readonly directory: string;
  /** Unless it runs. */
  start(): Promise<void>;
  /** Every transaction that runs is lost; `immediate` as when the machine loses its power. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
}

/**
 * @param settings lines of postgresql.conf
 * @param access lines of pg_hba.conf; every user of this machine by default
 */
export async function postgresServer(
  settings: Readonly<Record<string, string>> = {},
  access?: string,
): Promise<PostgresServer> {
  const directory = mkdtempSync(join(tmpdir(), 'agent-paste-postgres-'));
  if (process.getuid?.() === 0) chownSync(directory, NOBODY, NOBODY);
  const data = join(directory, 'data');
  run('initdb', '-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync');
  if (access !== undefined) writeFileSync(join(data, 'pg_hba.conf'), access);
  const port = await freePort();
  const given = { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: directory, ...settings };
  const options = Object.entries(given).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server: PostgresServer = {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    port,
    directory,
    async start() {
      const isRunning = await runAside('pg_ctl', '-D', data, 'status').then(
        () => true,
        () => false,
      );
      if (isRunning) return;
      const words = options.map((each) => `'${each}'`).join(' ');
      await runAside('pg_ctl', '-D', data, '-l', join(directory, 'log'), '-w', '-o', words, 'start').catch((error) => {
        throw new Error(`${error.message}\n${readFileSync(join(directory, 'log'), 'utf8')}`);
      });
    },
    async stop(mode = 'fast') {
      const stopped = (how: string) => runAside('pg_ctl', '-D', data, '-m', how, '-t', STOP_SECONDS, '-w', 'stop');
      if (mode === 'fast') await stopped(mode).catch(() => stopped('immediate'));
      else await stopped(mode);
    },
    async [Symbol.asyncDispose]() {
      if (existsSync(join(data, 'postmaster.pid'))) await server.stop('immediate');
      rmSync(directory, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

/** The words that start a program of PostgreSQL, as another user than root. */
export function postgresProgram(name: string): readonly [string, ...string[]] {
  const path = join(PROGRAMS ?? '', name);
  if (process.getuid?.() !== 0) return [path];
  return ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', path];
}

function commandLine(program: string, args: readonly string[]): [string, string[]] {
  const [first, ...rest] = postgresProgram(program);
  return [first, [...rest, ...args]];
}

/** In a directory that this user may look into. */
function run(program: string, ...args: string[]): void {
  execFileSync(...commandLine(program, args), { cwd: tmpdir(), stdio: ['ignore', 'ignore', 'pipe'] });
}

async function runAside(program: string, ...args: string[]): Promise<void> {
  const child = spawn(...commandLine(program, args), { cwd: tmpdir(), stdio: 'ignore' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${program} ${args.at(-1)} ended with ${code}`);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** A dashboard of docs/examples: copied, installed by npm, built, and started on a free port. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '../../support/directory.ts';

const EXAMPLES = fileURLToPath(new URL('../../../docs/examples', import.meta.url));

export interface DashboardOptions {
  readonly example: string;
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  /** Arguments of `npm run start`. */
  readonly start: (port: number) => readonly string[];
}

export interface Dashboard extends AsyncDisposable {
  readonly url: string;
}

/** Free now; the dashboard is told of it when it is built, before it listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export async function dashboard({ example, port, env, start }: DashboardOptions): Promise<Dashboard> {
  const directory = temporaryDirectory();
  cpSync(join(EXAMPLES, example), directory.path, { recursive: true });
  const options = { cwd: directory.path, env: environment(env) };
  run('npm', ['install', '--no-audit', '--no-fund'], options);
  run('npm', ['run', 'build'], options);
  const child = spawn('npm', ['run', 'start', '--', ...start(port)], { ...options, detached: true });
  const closed = once(child, 'close');
  const url = `http://localhost:${port}`;
  try {
    await listening(child, port);
  } catch (error) {
    stop(child);
    directory[Symbol.dispose]();
    throw error;
  }
  return {
    url,
    async [Symbol.asyncDispose]() {
      stop(child);
      await closed;
      directory[Symbol.dispose]();
    },
  };
}

/** The Node of this process comes first; npm and what it runs find it by name. */
function environment(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, NODE_ENV: __, VITEST: ___, FORCE_COLOR: ____, ...inherited } = process.env;
  const PATH = [dirname(process.execPath), inherited.PATH].join(delimiter);
  return { ...inherited, PATH, NEXT_TELEMETRY_DISABLED: '1', NO_COLOR: '1', CI: 'true', ...env };
}

function run(program: string, args: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }): void {
  const { status, stdout, stderr } = spawnSync(program, args, { ...options, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}:\n${stdout}\n${stderr}`);
}

/** Its output names the port once it listens. */
async function listening(child: ChildProcess, port: number): Promise<void> {
  let output = '';
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data) => {
        output += data;
        if (/ready in|Local:/i.test(output) && output.includes(String(port))) resolve();
      });
    child.once('close', (code) => reject(new Error(`the dashboard ended with ${code}:\n${output}`)));
  });
}

/** With everything that npm has started. */
function stop(child: ChildProcess): void {
  if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
}
